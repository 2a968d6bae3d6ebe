// Loads a task's calls to the model when their line is opened. Without this file it holds a link.
"use strict";

async function loadCalls(details) {
  const place = details.querySelector("[data-calls-here]");
  const response = await fetch(details.dataset.calls, { credentials: "same-origin" });
  if (!response.ok || !place) return; // the link stays
  place.innerHTML = await response.text();
  delete details.dataset.calls;
}

// `toggle` does not bubble, and results are replaced while a run goes on.
document.addEventListener(
  "toggle",
  (event) => {
    const details = event.target;
    if (details.open && details.dataset.calls) loadCalls(details).catch(() => {});
  },
  true,
);
