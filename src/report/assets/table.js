// The table of runs: columns, sorting, filters.

/** Columns shown at first, where some run has the metric. */
const FIRST = ["progress", "min_ttc_s", "min_distance_m", "max_decel_mps2", "max_jerk_mps3", "collisions"];
/** Rows shown before one asks for all. */
const PAGE = 400;

const VERDICTS = ["passed", "failed", "fault", "error"];
const STANDINGS = {
  expected_failure: "expected",
  unexpected_pass: "unexpected pass",
  flaky: "flaky",
};

class Table {
  constructor(data, detail) {
    this.data = data;
    this.rows = data.suite.scenarios.map((row, index) => ({ row, index, ...this.facts(row) }));
    this.detail = detail;
    this.sort = { column: null, down: false };
    this.filter = { text: "", verdicts: new Set(), tag: "", changed: false };
    this.metrics = [...new Set(this.rows.flatMap((r) => Object.keys(r.row.metrics)))].sort();
    const shown = FIRST.filter((m) => this.rows.some((r) => r.row.metrics[m] && r.row.metrics[m].value !== null));
    this.shown = new Set(shown.slice(0, 5));
    this.limit = PAGE;
    this.opened = null;
    this.body = make("tbody");
    this.head = make("thead");
    this.count = make("span", { class: "note", role: "status" });
    this.element = make(
      "section",
      { "aria-label": "Runs" },
      this.tools(),
      make("div", { class: "wrap" }, make("table", { class: "rows", id: "rows" }, this.head, this.body)),
    );
    this.render();
  }

  facts(row) {
    const comparison = this.data.comparison;
    if (!comparison) return { change: null, moved: {} };
    const change = comparison.rows.find((c) => c.name === row.name && c.seed === row.seed) || null;
    const moved = {};
    for (const m of comparison.metrics) if (m.name === row.name) moved[m.metric] = m;
    return { change, moved };
  }

  columns() {
    const rows = this.rows;
    const many = (pick) => new Set(rows.map(pick)).size > 1;
    const columns = [
      { id: "verdict", title: "Verdict", value: (r) => VERDICTS.indexOf(r.row.verdict) * 2 + !r.row.as_expected },
      { id: "name", title: "Scenario", value: (r) => r.row.name },
    ];
    if (many((r) => r.row.seed)) columns.push({ id: "seed", title: "Seed", number: true, value: (r) => r.row.seed });
    columns.push({ id: "driver", title: "Driver", value: (r) => r.row.driver });
    if (this.data.comparison) {
      const order = ["regression", "changed", "fixed"];
      const rank = (r) => (r.change ? order.indexOf(r.change.trend) : 3 - (Object.keys(r.moved).length > 0) * 0.5);
      columns.push({ id: "change", title: "Change", value: rank });
    }
    columns.push({ id: "sim", title: "Time s", number: true, value: (r) => r.row.sim_time_s });
    for (const metric of this.metrics.filter((m) => this.shown.has(m))) {
      columns.push({
        id: metric,
        title: metric,
        number: true,
        value: (r) => (r.row.metrics[metric] ? r.row.metrics[metric].value : null),
      });
    }
    columns.push({ id: "why", title: "Why", value: (r) => r.row.reasons.join("; ") });
    return columns;
  }

  tools() {
    const search = make("input", {
      type: "search",
      placeholder: "Filter by name, tag, reason…",
      "aria-label": "Filter",
      oninput: () => this.set({ text: search.value.toLowerCase() }),
    });
    const chips = VERDICTS.filter((v) => this.rows.some((r) => r.row.verdict === v)).map((verdict) => {
      const count = this.rows.filter((r) => r.row.verdict === verdict).length;
      const chip = make("button", {
        class: "chip",
        "aria-pressed": "false",
        onclick: () => {
          const set = this.filter.verdicts;
          if (!set.delete(verdict)) set.add(verdict);
          chip.setAttribute("aria-pressed", set.has(verdict));
          this.set({});
        },
      }, `${verdict} ${count}`);
      return chip;
    });
    const tags = [...new Set(this.rows.flatMap((r) => r.row.tags))].sort();
    const tag = tags.length > 0 && make(
      "select",
      { "aria-label": "Tag", onchange: () => this.set({ tag: tag.value }) },
      make("option", { value: "" }, "all tags"),
      tags.map((t) => make("option", { value: t }, t)),
    );
    const changed = this.data.comparison && make("button", {
      class: "chip",
      "aria-pressed": "false",
      onclick: () => {
        changed.setAttribute("aria-pressed", !this.filter.changed);
        this.set({ changed: !this.filter.changed });
      },
    }, "changed");
    const columns = make(
      "details",
      { class: "menu" },
      make("summary", { class: "button" }, "Columns"),
      make("div", {}, this.metrics.map((metric) => {
        const box = make("input", {
          type: "checkbox",
          onchange: () => {
            if (box.checked) this.shown.add(metric);
            else this.shown.delete(metric);
            this.render();
          },
        });
        box.checked = this.shown.has(metric);
        return make("label", {}, box, " ", metric);
      })),
    );
    return make("div", { class: "tools" }, search, chips, changed, tag, this.metrics.length > 0 && columns, this.count);
  }

  set(change) {
    Object.assign(this.filter, change);
    this.render();
  }

  visible() {
    const { text, verdicts, tag, changed } = this.filter;
    const found = this.rows.filter(({ row, change, moved }) => {
      const words = [row.name, row.driver, row.standing, ...row.tags, ...row.reasons].join(" ").toLowerCase();
      return (
        (!text || text.split(/\s+/).every((word) => words.includes(word))) &&
        (!verdicts.size || verdicts.has(row.verdict)) &&
        (!tag || row.tags.includes(tag)) &&
        (!changed || change || Object.keys(moved).length)
      );
    });
    const column = this.columns().find((c) => c.id === this.sort.column);
    if (!column) return found;
    const sign = this.sort.down ? -1 : 1;
    return found.sort((a, b) => {
      const [x, y] = [column.value(a), column.value(b)];
      // What has no value stands last either way.
      if (x === null || x === undefined || y === null || y === undefined) {
        return (x === null || x === undefined) - (y === null || y === undefined) || a.index - b.index;
      }
      const order = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y;
      return sign * order || a.index - b.index;
    });
  }

  sortBy(id) {
    const same = this.sort.column === id;
    this.sort = same && this.sort.down ? { column: null, down: false } : { column: id, down: same };
    this.render();
  }

  render() {
    const columns = this.columns();
    const focused = document.activeElement && document.activeElement.dataset.column;
    this.head.replaceChildren(
      make("tr", {}, columns.map((c) => {
        const sorted = this.sort.column === c.id;
        return make(
          "th",
          {
            scope: "col",
            class: c.number ? "number" : null,
            "aria-sort": sorted ? (this.sort.down ? "descending" : "ascending") : null,
          },
          make("button", { "data-column": c.id, onclick: () => this.sortBy(c.id) },
            // Long names of metrics may break at their underscores.
            c.title.split("_").flatMap((word, i) => (i ? ["_", make("wbr"), word] : [word]))),
        );
      })),
    );
    const rows = this.visible();
    this.count.textContent = rows.length === this.rows.length ? `${rows.length} runs` : `${rows.length} of ${this.rows.length} runs`;
    this.body.replaceChildren(...rows.slice(0, this.limit).flatMap((r) => this.line(r, columns)));
    if (rows.length > this.limit) {
      const all = () => {
        this.limit = Infinity;
        this.render();
      };
      this.body.append(
        make("tr", {}, make("td", { colspan: columns.length },
          make("button", { class: "button more", onclick: all }, `Show all ${rows.length}`))),
      );
    }
    if (!rows.length) this.body.append(make("tr", {}, make("td", { colspan: columns.length }, "No run matches.")));
    if (focused) {
      const button = this.head.querySelector(`[data-column="${CSS.escape(focused)}"]`);
      if (button) button.focus();
    }
  }

  line(r, columns) {
    const open = this.opened === r.index;
    const line = make(
      "tr",
      {
        class: `row${open ? " open" : ""}`,
        "data-index": r.index,
        onclick: (event) => {
          if (!event.target.closest("button, a, code")) this.open(r.index);
        },
      },
      columns.map((c) => this.cell(r, c, open)),
    );
    if (!open) return [line];
    return [line, make("tr", { class: "detail" }, make("td", { colspan: columns.length }, this.openedElement))];
  }

  cell(r, column, open) {
    const { row } = r;
    switch (column.id) {
      case "verdict":
        return make("td", {},
          make("span", { class: `badge ${row.as_expected ? "passed" : row.verdict === "passed" ? row.standing : row.verdict}` },
            row.as_expected && row.verdict !== "passed" ? `${row.verdict}, ${STANDINGS.expected_failure}` : STANDINGS[row.standing] || row.verdict));
      case "name":
        return make("td", {},
          make("button", { class: "link name", "aria-expanded": String(open), onclick: () => this.open(r.index) }, row.name),
          row.tags.length > 0 && make("div", {}, row.tags.map((t) => make("span", { class: "tag" }, `#${t}`))));
      case "change": {
        const count = Object.keys(r.moved).length;
        return make("td", {},
          r.change && make("span", { class: `badge ${r.change.trend}` }, r.change.trend),
          !r.change && count > 0 && make("span", { class: "badge" }, `${count} metric${count > 1 ? "s" : ""}`));
      }
      case "why":
        return make("td", { class: "why" },
          row.reasons.map((reason) => make("div", {}, reason)),
          !row.as_expected && commandLine(row.command),
          !row.as_expected && row.view && commandLine(row.view));
      case "seed":
        return make("td", { class: "number" }, String(row.seed));
      case "driver":
        return make("td", {}, row.driver);
      default: {
        const value = column.value(r);
        const moved = r.moved[column.id];
        return make("td", { class: "number" }, format(value),
          moved && make("span", { class: `delta ${moved.trend}`, title: `mean ${format(moved.before)} before, ${format(moved.after)} now; noise ±${format(moved.noise)}` },
            `${moved.after !== null && moved.before !== null && moved.after > moved.before ? "▲" : "▼"} ${format(moved.before)}`));
      }
    }
  }

  /** Opens a row's details, or closes them. */
  open(index) {
    this.opened = this.opened === index ? null : index;
    this.openedElement = this.opened === null ? null : this.detail(this.rows[index]);
    this.render();
    history.replaceState(null, "", this.opened === null ? "#" : `#row=${index}`);
    if (this.opened !== null) {
      const line = this.body.querySelector(`[data-index="${index}"]`);
      if (line) line.scrollIntoView({ block: "nearest" });
    }
  }
}

/** A command with a button that copies it. */
function commandLine(text) {
  const button = make("button", {
    class: "button",
    "aria-label": "Copy the command",
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(button.previousSibling);
        button.textContent = "selected";
      }
    },
  }, "copy");
  return make("div", { class: "command" }, make("code", {}, text), button);
}
