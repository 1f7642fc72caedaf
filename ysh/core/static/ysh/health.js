// The services' health, asked for once the home page is there, so that a slow service does not hold it up.
document.addEventListener("alpine:init", () => {
  Alpine.data("serviceHealth", (url) => ({
    services: [],
    failed: false,
    async init() {
      try {
        const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        this.services = (await response.json()).services;
      } catch {
        this.failed = true;
      }
    },
  }));
});
