/**
 * The part of the window that is shown, as ms after its start, and dragging over a chart to choose it. What shows a range listens
 * with `onRange`. A drag shorter than three pixels is a click and shows the whole window again.
 */
export const BRUSH = `
  const range = { fromMs: 0, toMs: Infinity };
  const rangeListeners = [];
  let isAnnounced = false;
  const onRange = (listener) => rangeListeners.push(listener);
  const setRange = (fromMs, toMs) => {
    range.fromMs = Math.max(0, Math.min(fromMs, toMs));
    range.toMs = Math.max(fromMs, toMs);
    if (isAnnounced) return;
    isAnnounced = true;
    requestAnimationFrame(() => {
      isAnnounced = false;
      for (const listener of rangeListeners) listener();
    });
  };

  // msAt: the instant at a horizontal position of the page.
  const brushOn = (element, msAt) => {
    let from = null;
    element.classList.add("brush");
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      from = event.clientX;
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      if (from !== null && Math.abs(event.clientX - from) >= 3) setRange(msAt(from), msAt(event.clientX));
    });
    element.addEventListener("pointerup", (event) => {
      if (from !== null && Math.abs(event.clientX - from) < 3) setRange(0, Infinity);
      from = null;
    });
    element.addEventListener("pointercancel", () => (from = null));
  };
`;
