/** Makes tables sort, tiers change and the command copy. */
export const TABLES = `  const sortBy = (button) => {
    const heading = button.closest("th");
    const column = heading.cellIndex;
    const ascending = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of heading.parentElement.cells) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const sign = ascending ? 1 : -1;
    const isNumber = button.dataset.sort === "number";
    for (const body of heading.closest("table").tBodies) {
      const rows = [...body.rows].map((row) => ({ row, value: row.cells[column].dataset.value }));
      rows.sort((a, b) => {
        if (!isNumber) return sign * a.value.localeCompare(b.value, "en");
        if (a.value === "" || b.value === "") return (a.value === "") - (b.value === "");
        return sign * (Number(a.value) - Number(b.value));
      });
      body.append(...rows.map(({ row }) => row));
    }
  };

  for (const button of document.querySelectorAll("button[data-sort]")) button.addEventListener("click", () => sortBy(button));
  for (const choice of document.querySelectorAll('input[name="tier"]')) {
    choice.addEventListener("change", () => {
      for (const body of document.querySelectorAll("tbody[data-tier]")) body.hidden = body.dataset.tier !== choice.value;
    });
  }
  document.getElementById("copy").addEventListener("click", async () => {
    const command = document.getElementById("command");
    const status = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(command.textContent);
      status.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(command);
      status.textContent = "Selected; press Ctrl+C or ⌘C to copy.";
    }
  });
`;
