// The kit's page: totals that follow what is typed, findings beside the part they concern, the rules asked again in place.
(() => {
  const ROW = /^components-(\d+)-(product|component_type|quantity|unit_price|is_optional|DELETE)$/;
  const COSTS = ["kit_cost", "installation_cost", "documentation_cost"];
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  const post = (url, body) =>
    fetch(url, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": token(), Accept: "*/*" }, body });

  // What the form holds, as typed; rows marked for deletion are gone already.
  const typed = (form) => {
    const rows = new Map();
    for (const field of form.elements) {
      const match = ROW.exec(field.name || "");
      if (!match) continue;
      const row = rows.get(match[1]) || {};
      row[match[2]] = field.type === "checkbox" ? field.checked : field.value;
      rows.set(match[1], row);
    }
    const data = { parts: [...rows.values()].filter((row) => row.product && !row.DELETE) };
    for (const name of COSTS) data[name] = form.elements[name]?.value || "";
    return data;
  };

  const follow = (form, strip) => {
    let timer = 0;
    let asked = 0;
    const ask = async () => {
      const mine = ++asked;
      strip.setAttribute("aria-busy", "true");
      try {
        const response = await post(strip.dataset.totals, JSON.stringify(typed(form)));
        if (!response.ok || response.redirected || mine !== asked) return;
        const totals = await response.json();
        for (const place of strip.querySelectorAll("[data-total]")) place.textContent = totals[place.dataset.total] ?? "";
      } finally {
        if (mine === asked) strip.removeAttribute("aria-busy");
      }
    };
    const soon = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, 200);
    };
    form.addEventListener("input", soon);
    // Autocompletes tell only jQuery.
    window.django.jQuery(form).on("change", soon);
    document.addEventListener("formset:removed", soon);
  };

  const place = () => {
    document.querySelectorAll(".ysh-part-findings").forEach((old) => old.remove());
    for (const template of document.querySelectorAll("template[data-findings-of]")) {
      for (const select of document.querySelectorAll("select[name^='components-'][name$='-product']")) {
        if (select.value !== template.dataset.findingsOf) continue;
        const box = document.createElement("div");
        box.className = "ysh-part-findings";
        box.append(template.content.cloneNode(true));
        (select.closest("td") || select.parentElement).append(box);
      }
    }
  };

  const recheck = async (button) => {
    const panel = document.getElementById("kit-findings");
    const error = panel.querySelector("[data-recheck-error]");
    button.disabled = true;
    error.hidden = true;
    try {
      const response = await post(button.dataset.recheck, "");
      if (!response.ok || response.redirected) throw new Error(`HTTP ${response.status}`);
      panel.outerHTML = await response.text();
      const fresh = document.getElementById("kit-findings");
      window.htmx?.process(fresh);
      place();
      fresh.querySelector("[data-recheck]")?.focus();
    } catch {
      error.hidden = false;
      button.disabled = false;
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.getElementById("solarkit_form");
    const strip = document.querySelector("[data-totals]");
    if (!form || !strip) return;
    follow(form, strip);
    place();
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("[data-recheck]");
      if (button) recheck(button);
    });
  });
})();
