// Counts and facets of a list, asked for once the list is there, so that counting never holds it up.
for (const section of document.querySelectorAll("[data-curation]")) {
  fetch(section.dataset.curation, { credentials: "same-origin" })
    .then((response) => (response.ok ? response.text() : Promise.reject(new Error(`HTTP ${response.status}`))))
    .then((html) => {
      const content = section.querySelector("[data-curation-content]");
      content.innerHTML = html;
      const details = content.querySelector("details");
      details.open = sessionStorage.getItem("ysh-facets") === "open";
      details.addEventListener("toggle", () => sessionStorage.setItem("ysh-facets", details.open ? "open" : ""));
    })
    .catch(() => section.classList.add("ysh-failed"));
}
