for (const input of document.querySelectorAll("[data-filters]")) {
  input.addEventListener("input", () => {
    for (const row of document.getElementById(input.dataset.filters).tBodies[0].rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(input.value.toLowerCase());
    }
  });
}
