// Parts of a page that are asked for once it is there, so that counting never holds it up.
for (const place of document.querySelectorAll("[data-fragment]")) {
  fetch(place.dataset.fragment, { credentials: "same-origin" })
    .then((response) => (response.ok ? response.text() : Promise.reject(new Error(`HTTP ${response.status}`))))
    .then((html) => { place.innerHTML = html; })
    .catch(() => { place.textContent = place.dataset.failed; })
    .finally(() => place.removeAttribute("aria-busy"));
}
