// An upload's page while it is read or applied: asks for its state, and shows the page anew when it has changed.
document.addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("list-progress");
    if (!place) return;
    const ask = async () => {
        try {
            const answer = await fetch(place.dataset.url, { headers: { Accept: "application/json" } });
            const state = await answer.json();
            place.querySelector("[data-records]").textContent = state.records.toLocaleString(document.documentElement.lang);
            if (state.status !== place.dataset.status) return location.reload();
        } catch {
            // the server is away for a moment: ask again
        }
        setTimeout(ask, 1000);
    };
    ask();
});
