/** Finds a user by name: suggestions while typing, Enter takes the first, a suggestion or a whole name is taken at once. */
export const USER_SEARCH = `
  const MOST_SUGGESTED = 30;
  const startSearch = (users, choose) => {
    const input = document.getElementById("user-search");
    const list = document.getElementById("user-names");
    const status = document.getElementById("user-found");
    const collator = new Intl.Collator("en", { numeric: true });
    const order = Array.from({ length: users.users - 1 }, (_, at) => at + 1).sort((a, b) => collator.compare(users.names[a], users.names[b]));
    const lower = users.names.map((name) => name.toLowerCase());
    // A cut name ends with an ellipsis and stands for all that begin so.
    const beginning = lower.map((name) => (users.cutNames && name.endsWith("…") ? name.slice(0, -1) : null));
    const matches = (text) => {
      const wanted = text.trim().toLowerCase();
      if (wanted === "") return [];
      const first = [];
      const others = [];
      for (const user of order) {
        const at = lower[user].indexOf(wanted);
        if (lower[user] === wanted) first.unshift(user);
        else if (at === 0 || (beginning[user] !== null && wanted.startsWith(beginning[user]))) first.push(user);
        else if (at > 0) others.push(user);
      }
      return [...first, ...others];
    };
    const say = (text) => (status.textContent = text);
    const take = (user) => {
      choose(user);
      say(users.names[user] + " is shown.");
    };
    input.addEventListener("input", () => {
      const found = matches(input.value);
      list.replaceChildren(...found.slice(0, MOST_SUGGESTED).map((user) => element("option", "", { value: users.names[user] })));
      if (found.length > 0 && users.names[found[0]] === input.value) take(found[0]);
      else say(input.value.trim() === "" ? "" : found.length === 0 ? "No user is called so." : found.length === 1 ? "1 user; Enter shows it." : found.length + " users; Enter shows the first, " + users.names[found[0]] + ".");
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const found = matches(input.value);
      if (found.length > 0) take(found[0]);
    });
  };
`;
