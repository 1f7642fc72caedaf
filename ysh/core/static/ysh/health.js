// The services' health, asked for once the home page is there, so that a slow service does not hold it up.
document.addEventListener("alpine:init", () => {
  Alpine.data("serviceHealth", (url) => ({
    services: [],
    failed: false,
    async init() {
      try {
        const answer = await (await fetch(url, { headers: { Accept: "application/json" } })).json();
        this.services = Object.entries(answer.services || answer.checks || {}).map(([name, value]) => ({
          name,
          ok: value === true || value?.ok === true || value?.status === "ok",
          detail: value?.detail || (value?.milliseconds !== undefined ? `${Math.round(value.milliseconds)} ms` : ""),
        }));
      } catch {
        this.failed = true;
      }
    },
  }));
});
