// A product's specifications follow its category: the fields of the other category are fetched, typed values are kept.
document.addEventListener("DOMContentLoaded", () => {
  const category = document.querySelector("form#product_form [name=category]");
  if (!category) return;
  const change = async () => {
    const place = document.querySelector(".ysh-specifications");
    const typed = new Map([...place.querySelectorAll("[name]")].map((field) => [field.name, field.value]));
    place.setAttribute("aria-busy", "true");
    const url = new URL(window.location.href);
    url.searchParams.set("category", category.value);
    const response = await fetch(url, { credentials: "same-origin" });
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector(".ysh-specifications");
    if (!fresh) return;
    for (const field of fresh.querySelectorAll("[name]")) if (typed.has(field.name)) field.value = typed.get(field.name);
    place.replaceWith(fresh);
  };
  category.addEventListener("change", change);
  window.django?.jQuery(category).on("select2:select", change);
});
