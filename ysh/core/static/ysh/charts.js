// Numbers in charts as the page's language writes them, not as the browser's.
if (window.Chart) Chart.defaults.locale = document.documentElement.lang || "pt-BR";
