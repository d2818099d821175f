// The search field hides the rows, and the digits of the rows, that do not contain all of its words.
// Text in double quotes is one word.
{
  const field = document.getElementById("search");
  const table = document.getElementById("students");
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const rows = [...table.tBodies[0].rows].map((row) => ({
    row,
    tile: document.getElementById(`digits-${row.dataset.place}`),
    text: folded(`${row.textContent} ${row.dataset.words}`).replace(/\s+/g, " "),
  }));
  const tiles = document.getElementById("tiles");

  const search = () => {
    const words = [...folded(field.value).matchAll(/"([^"]*)"?|\S+/g)].map((m) => m[1] ?? m[0]);
    const shown = new Set();
    let count = 0;
    for (const { row, tile, text } of rows) {
      const matches = words.every((word) => text.includes(word));
      row.hidden = !matches;
      count += matches;
      if (matches && tile) shown.add(tile);
    }
    for (const tile of tiles?.children ?? []) tile.hidden = !shown.has(tile);
    document.getElementById("count").textContent = words.length ? `${count} of ${rows.length}` : "";
    document.getElementById("no-match").hidden = count > 0;
  };

  // The digits follow the order of the table.
  table.addEventListener("sorted", () => {
    const places = [...table.tBodies[0].rows].map((row) => `digits-${row.dataset.place}`);
    tiles?.append(...[...new Set(places)].map((id) => document.getElementById(id)).filter(Boolean));
  });

  field.addEventListener("input", () => {
    history.replaceState({ words: field.value }, "");
    search();
  });
  addEventListener("pageshow", () => {
    field.value = history.state?.words ?? ""; // the same rows after coming back from a report
    search();
  });
}
