// The button in a column's heading sorts the table by it, a second press the other way round.
{
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  const compare = (a, b, numbers) => {
    if (a === b) return 0;
    if (a === "" || b === "") return a === "" ? Infinity : -Infinity; // unknown: always last
    return numbers ? a - b : order.compare(a, b);
  };

  const sort = (heading) => {
    const table = heading.closest("table");
    const numbers = "numbers" in heading.dataset;
    const before = heading.getAttribute("aria-sort");
    const down = before === "none" ? numbers : before === "ascending";
    for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const keyed = [...body.rows].map((row) => [row.cells[heading.cellIndex].dataset.sort, row]);
    keyed.sort(([a], [b]) => {
      const difference = compare(a, b, numbers);
      return down && Number.isFinite(difference) ? -difference : difference;
    });
    body.append(...keyed.map(([, row]) => row));
    table.dispatchEvent(new Event("sorted"));
  };

  for (const button of document.querySelectorAll("th[aria-sort] button")) {
    button.addEventListener("click", () => sort(button.closest("th")));
  }
}
