// The live state of a run: asked for every second while it works, and no longer.
document.addEventListener("alpine:init", () => {
  const empty = { active: true, percent: null, detail: "", elapsed: "", stages: [], events: [], counts: {}, status_label: "" };
  const initial = () => JSON.parse(document.getElementById("run-state")?.textContent || "null") || { ...empty };

  Alpine.data("finishedRun", () => ({ state: initial() }));

  Alpine.data("runProgress", (url) => ({
    state: initial(),
    failures: 0,
    init() {
      this.ask();
    },
    current() {
      return this.state.stages.find((stage) => stage.state === "current")?.label || this.state.status_label;
    },
    async ask() {
      try {
        const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (!response.ok || response.redirected) throw new Error(`HTTP ${response.status}`);
        this.state = await response.json();
        this.failures = 0;
      } catch {
        this.failures += 1;
      }
      if (!this.state.active) {
        window.location.reload();
      } else if (this.failures < 30) {
        window.setTimeout(() => this.ask(), 1000);
      }
    },
  }));
});
