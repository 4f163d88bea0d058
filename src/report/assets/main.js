// The page: head, changes, metric plot, table, details.

/** A time that a reason names, as in "at 12.30 s". */
function reasonTimes(reasons) {
  const times = [];
  for (const reason of reasons) {
    for (const match of reason.matchAll(/\bat (\d+(?:\.\d+)?) s\b/g)) times.push(Number(match[1]));
  }
  return [...new Set(times)].sort((a, b) => a - b);
}

function since(s) {
  if (!s || !s.started) return null;
  const when = s.started.replace("T", " ").replace("Z", " UTC");
  return s.revision ? `${s.revision} (${when})` : when;
}

function header(data) {
  const { suite } = data;
  const run = suite.run;
  const dark = () => document.documentElement.dataset.theme === "dark";
  const theme = make("button", {
    class: "button theme",
    onclick: () => {
      document.documentElement.dataset.theme = dark() ? "light" : "dark";
      theme.textContent = dark() ? "☀ Light" : "☾ Dark";
      dispatchEvent(new Event("themechange"));
    },
  }, dark() ? "☀ Light" : "☾ Dark");
  const fact = (name, value) => value && make("span", {}, `${name} `, make("b", {}, value));
  const tile = (name, count, label) =>
    make("div", { class: `tile ${name}${count ? "" : " none"}` }, make("b", {}, String(count)), make("span", {}, label));
  const c = data.comparison;
  document.getElementById("head").replaceChildren(
    make("div", { class: "title" },
      make("div", {},
        make("h1", {}, suite.name || "Suite"),
        make("p", { class: "facts" },
          fact("revision", run.revision),
          fact("run", run.started.replace("T", " ").replace("Z", " UTC")),
          fact("skidpad", run.version),
          fact("took", `${format(suite.wall_s)} s with ${run.jobs} job${run.jobs === 1 ? "" : "s"}`),
          c && fact("against", since(c.baseline) || "a baseline"))),
      theme),
    make("div", { class: "tiles" },
      tile("passed", suite.passed, "as expected"),
      tile("failed", suite.failed, "failed"),
      tile("fault", suite.fault, "fault"),
      tile("error", suite.error, "error"),
      suite.expected_failures > 0 && tile("", suite.expected_failures, "expected failures"),
      suite.unexpected_passes.length > 0 && tile("failed", suite.unexpected_passes.length, "unexpected passes"),
      suite.flaky.length > 0 && tile("fault", suite.flaky.length, "flaky"),
      c && tile("failed", c.rows.filter((r) => r.trend === "regression").length, "regressions"),
      c && tile("failed", c.metrics.filter((m) => m.trend === "worse").length, "metrics worse")),
  );
}

/** What changed against the baseline. */
function changes(data, open) {
  const c = data.comparison;
  if (!c) return null;
  const index = (name, seed) =>
    data.suite.scenarios.findIndex((r) => r.name === name && (seed === undefined || r.seed === seed));
  const link = (name, seed) => {
    const i = index(name, seed);
    const text = seed === undefined || !data.manySeeds ? name : `${name} (seed ${seed})`;
    return i < 0 ? text : make("button", { class: "link", onclick: () => open(i) }, text);
  };
  const items = [
    ...c.rows.map((r) =>
      make("li", {}, make("span", { class: `badge ${r.trend}` }, r.trend),
        make("div", {}, link(r.name, r.seed), ` ${r.before} → ${r.after}`,
          make("div", { class: "note" }, r.reasons.join("; "), since(r.before_since) && ` It was ${r.before} since ${since(r.before_since)}.`)))),
    ...c.metrics.map((m) =>
      make("li", {}, make("span", { class: `badge ${m.trend}` }, m.trend),
        make("div", {}, link(m.name), ` ${m.metric} ${format(m.before)} → ${format(m.after)} ${m.unit === "1" ? "" : m.unit}`,
          m.noise > 0 && make("span", { class: "note" }, ` noise ±${format(m.noise)}, ${m.runs[0]} and ${m.runs[1]} runs`)))),
    ...c.flaky.map((name) => make("li", {}, make("span", { class: "badge flaky" }, "flaky"), make("div", {}, name, make("div", { class: "note" }, "another state hash from the same program, scenario and seed")))),
    ...c.added.map((name) => make("li", {}, make("span", { class: "badge" }, "new"), make("div", {}, name))),
    ...c.missing.map((name) => make("li", {}, make("span", { class: "badge" }, "not run"), make("div", {}, name))),
  ];
  return make("section", { class: "card" },
    make("div", { class: "bar" }, make("h2", {}, "Changes"),
      make("span", { class: "note" }, `${c.identical} of ${data.suite.scenarios.length} runs are identical, state for state`)),
    items.length
      ? make("div", { class: "scroll" }, make("ul", { class: "changes" }, items))
      : make("p", { class: "note" }, "Nothing changed beyond its noise."));
}

/** One metric over all scenarios. */
function metricCard(data, open) {
  const rows = data.suite.scenarios;
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.metrics)))]
    .filter((m) => rows.some((r) => r.metrics[m] && r.metrics[m].value !== null))
    .sort();
  if (!names.length) return null;
  const place = make("div", { class: "scroll" });
  const select = make("select", { "aria-label": "Metric", onchange: () => show() },
    names.map((n) => make("option", { value: n }, n)));
  select.value = names.includes("min_ttc_s") ? "min_ttc_s" : names.includes("min_distance_m") ? "min_distance_m" : names[0];
  const show = () => {
    const metric = select.value;
    const groups = new Map();
    let unit = "";
    rows.forEach((row, i) => {
      const figure = row.metrics[metric];
      if (!figure || figure.value === null) return;
      unit = figure.unit;
      if (!groups.has(row.name)) groups.set(row.name, { name: row.name, now: [], before: [] });
      groups.get(row.name).now.push({
        value: figure.value,
        kind: row.verdict === "passed" ? "passed" : row.verdict === "failed" ? "failed" : "fault",
        title: `${row.name}, seed ${row.seed}: ${format(figure.value)} ${figure.unit}`,
        open: () => open(i),
      });
    });
    if (data.comparison) {
      for (const m of data.comparison.metrics) {
        if (m.metric === metric && m.before !== null && groups.has(m.name)) groups.get(m.name).before.push(m.before);
      }
    }
    const worst = (g) => Math.max(...g.now.map((d) => d.value * -(data.sense[metric] || 1)));
    const sorted = [...groups.values()].sort((a, b) => worst(b) - worst(a));
    const note = { 1: "more is better", "-1": "less is better" }[data.sense[metric]];
    hint.textContent = [unit === "1" ? "" : unit, note, data.comparison ? "rings: changed from" : ""].filter(Boolean).join(" · ");
    place.replaceChildren(dotPlot(sorted, unit));
  };
  const hint = make("span", { class: "note" });
  show();
  return make("section", { class: "card" },
    make("div", { class: "bar" }, make("h2", {}, "Metric by scenario"), hint, select), place);
}

/** Details of a row: replay, plots, reasons, commands, metrics. */
function detail(data, { row, index, moved, change }) {
  const replay = data.replays[index];
  const marks = reasonTimes(row.reasons);
  const main = make("div");
  if (replay) {
    const player = new Player({
      map: data.maps[replay.map],
      now: decodeRun(replay.now),
      before: decodeRun(replay.before),
      marks,
    });
    main.append(player.stage, player.controls, player.plots() || "");
    addEventListener("themechange", () => player.draw());
    player.seek(0);
    main.player = player;
  } else {
    main.append(make("p", { class: "note" }, row.state_hash
      ? "This run has no replay here: the report is full. Its command below shows it."
      : "This run did not start, so there is nothing to play."));
  }
  const names = Object.keys(row.metrics).sort();
  if (names.length) {
    main.append(make("div", { class: "metric-columns" }, make("h3", {}, "Metrics"), names.map((m) => {
      const { value, unit } = row.metrics[m];
      const was = moved[m];
      return make("div", { class: "figure" }, make("span", {}, m), make("b", {}, format(value)), make("span", {}, unit === "1" ? "" : unit),
        was && make("span", { class: `was delta ${was.trend}` },
          `${was.trend}: ${format(was.before)} before${was.noise > 0 ? `, noise ±${format(was.noise)}` : ""}`));
    })));
  }
  const side = make("div", { class: "side" },
    row.reasons.length > 0 && make("div", {}, make("h3", {}, "Why"), make("ul", {}, row.reasons.map((r) => make("li", {}, r)))),
    make("div", {}, make("h3", {}, "To repeat it"), commandLine(row.command), row.view && commandLine(row.view)),
    make("div", {}, make("h3", {}, "Run"),
      make("dl", { class: "facts-list" },
        [
          ["verdict", `${row.verdict}, expected ${row.expected}`],
          ["since", since(row.since)],
          ["before", change && `${change.before}, since ${since(change.before_since) || "?"}`],
          ["scenario", row.scenario],
          ["parameters", Object.entries(row.params).map(([n, v]) => `${n} = ${v}`).join(", ")],
          ["seed, ticks", row.ticks > 0 && `${row.seed}, ${row.ticks}`],
          ["ended by", row.ended],
          ["wall time", row.wall_s > 0 && `${format(row.wall_s)} s (${format(row.sim_time_s / row.wall_s)} × real time)`],
          ["state hash", row.state_hash && row.state_hash.slice(0, 16) + "…"],
          ["repeats", row.repeats.length > 0 && (row.repeats.every((h) => h === row.state_hash) ? `${row.repeats.length}, all alike` : "different hashes")],
        ]
          .filter(([, value]) => value)
          .flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]))),
    row.warnings.length > 0 && make("div", {}, make("h3", {}, "Without effect here"), make("ul", {}, row.warnings.map((w) => make("li", {}, w)))));
  return make("div", { class: "detail-grid" }, main, side);
}

const ready = (async () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const main = document.getElementById("main");
  try {
    const data = await unpack();
    data.manySeeds = new Set(data.suite.scenarios.map((r) => r.seed)).size > 1;
    header(data);
    const table = new Table(data, (r) => detail(data, r));
    const open = (i) => {
      if (table.opened !== i) table.open(i);
    };
    main.replaceChildren(
      make("div", { class: "cards" }, changes(data, open), metricCard(data, open)),
      table.element,
    );
    const wanted = /row=(\d+)/.exec(location.hash);
    if (wanted && table.rows[Number(wanted[1])]) open(Number(wanted[1]));
    return table;
  } catch (error) {
    main.replaceChildren(make("p", { class: "loading" }, `The results can't be unpacked: ${error}`));
    throw error;
  }
})();
