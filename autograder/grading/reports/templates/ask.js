// A button with a search text searches for it.
for (const button of document.querySelectorAll("button[data-ask]")) {
  button.addEventListener("click", () => {
    const field = document.getElementById("search");
    field.value = `"${button.dataset.ask.replaceAll('"', "")}"`;
    field.dispatchEvent(new Event("input"));
    field.scrollIntoView({ block: "start" });
    field.focus({ preventScroll: true });
  });
}
