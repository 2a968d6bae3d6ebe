// Small helps for every page; each works without it.

// Menus close on Escape and on a click elsewhere.
const menus = () => document.querySelectorAll("details[data-menu][open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

// <button data-copy="id"> copies the value or text of that element, and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const text = source.value ?? source.textContent;
  const label = button.dataset.label ?? (button.dataset.label = button.textContent);
  try {
    await navigator.clipboard.writeText(text.trim());
    button.textContent = "Copied";
  } catch {
    source.select?.();
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
});
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

// <time data-yours> also says when that is where the reader is, if that differs.
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const time of document.querySelectorAll("time[data-yours]")) {
  const at = new Date(time.dateTime);
  const clock = (zone) =>
    at.toLocaleString("en-GB", { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit" });
  if (clock(here) === clock(time.dataset.yours)) continue;
  const note = document.createElement("span");
  note.className = "muted yours";
  note.textContent = `${clock(here)} your time`;
  time.after(" ", note);
}
