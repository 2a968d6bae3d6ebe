// What each team's score is made of, by tag: a table that is written anew where anything changed.

import { error, percent } from "./board-text.js";

export class BoardTags {
  constructor(board, state) {
    this.state = state;
    this.section = board.querySelector("[data-tags]");
    this.names = board.querySelector("[data-tag-names]");
    this.rows = board.querySelector("[data-tag-rows]");
  }

  draw() {
    if (!this.section) return;
    const tags = this.state.header.tags || [];
    this.section.hidden = tags.length === 0;
    this.names.replaceChildren(cell("th", "Team", "col"), ...tags.map(([name, tasks]) => cell("th", `${name} `, "col", tasks)));
    const rows = this.state.ordered().filter((row) => row.tags?.length);
    this.rows.replaceChildren(...rows.map((row) => line(row)));
  }
}

function line(row) {
  const made = document.createElement("tr");
  const scores = row.tags.map(([score, stderr]) => cell("td", percent(score), null, error(stderr)));
  made.append(cell("th", row.name, "row"), ...scores);
  return made;
}

// A number's cell has its smaller part after it.
function cell(kind, text, scope, small) {
  const made = document.createElement(kind);
  made.append(text);
  if (scope) made.scope = scope;
  if (small === undefined) return made;
  made.className = "numeric";
  const part = document.createElement("small");
  part.textContent = small;
  made.append(part);
  return made;
}
