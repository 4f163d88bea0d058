// Plots: a line over time with a cursor, and a dot for each run.

/** Round steps for an axis. */
function ticks(low, high, count) {
  const span = high - low || 1;
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) values.push(i * step);
  return values;
}

/**
 * Lines over time. `series`: [{times, values, kind}], `marks`: times, `seek(t)`: called when a place is
 * pointed at. The element's `cursor(t)` moves its cursor.
 */
function linePlot({ title, unit, series, end, marks, seek }) {
  const [width, height, left, right, top, bottom] = [340, 128, 34, 8, 8, 18];
  let [low, high] = [Infinity, -Infinity];
  for (const line of series) {
    for (const value of line.values) {
      if (Number.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
  }
  if (low > high) return null;
  if (high - low < 1e-6) [low, high] = [low - 1, high + 1];
  if (low > 0 && low < high * 0.5) low = 0;
  const pad = (high - low) * 0.06;
  [low, high] = [low === 0 ? 0 : low - pad, high + pad];
  const x = (t) => left + ((width - left - right) * t) / (end || 1);
  const y = (v) => top + ((height - top - bottom) * (high - v)) / (high - low);
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, class: "seek", role: "img" });
  svg.append(make("title", {}, `${title} over time`));
  for (const value of ticks(low, high, 4)) {
    svg.append(
      make("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }),
      make("text", { x: left - 5, y: y(value) + 3.5, "text-anchor": "end" }, format(value)),
    );
  }
  for (const value of ticks(0, end, 6)) {
    svg.append(make("text", { x: x(value), y: height - 4, "text-anchor": "middle" }, format(value)));
  }
  for (const mark of marks) {
    svg.append(make("line", { class: "mark", x1: x(mark), x2: x(mark), y1: top, y2: height - bottom }));
  }
  for (const line of series) {
    let path = "";
    let pen = false;
    for (let i = 0; i < line.values.length; i++) {
      const value = line.values[i];
      if (Number.isFinite(value)) path += `${pen ? "L" : "M"}${x(line.times[i]).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = Number.isFinite(value);
    }
    svg.append(make("path", { class: line.kind, d: path }));
  }
  const cursor = make("line", { class: "cursor", x1: left, x2: left, y1: top, y2: height - bottom });
  svg.append(cursor);
  const point = (event) => {
    const box = svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * width;
    seek(Math.min(end, Math.max(0, ((at - left) / (width - left - right)) * end)));
  };
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    point(event);
  });
  svg.addEventListener("pointermove", (event) => event.buttons && point(event));
  const figure = make("figure", { class: "plot", style: "margin:0" }, make("h3", {}, `${title} (${unit})`), svg);
  figure.cursor = (t) => {
    cursor.setAttribute("x1", x(t));
    cursor.setAttribute("x2", x(t));
  };
  return figure;
}

/** A dot for each run: `groups`: [{name, now: [{value, kind, title, open}], before: [value]}]. */
function dotPlot(groups, unit) {
  const values = groups.flatMap((g) => [...g.now.map((d) => d.value), ...g.before]);
  if (!values.length) return make("p", { class: "note" }, "No run has this metric.");
  const step = 19;
  const [width, left, right, top] = [640, 210, 22, 22];
  const height = top + groups.length * step + 6;
  let [low, high] = [Math.min(0, ...values), Math.max(...values)];
  if (high - low < 1e-9) high = low + 1;
  const x = (v) => left + ((width - left - right) * (v - low)) / (high - low);
  const svg = make("svg", { class: "dots", viewBox: `0 0 ${width} ${height}`, role: "img", style: "width:100%" });
  svg.append(make("title", {}, `Values in ${unit} by scenario`));
  for (const value of ticks(low, high, 6)) {
    svg.append(
      make("line", { class: value === 0 ? "zero" : "grid", x1: x(value), x2: x(value), y1: top - 6, y2: height }),
      make("text", { class: "axis", x: x(value), y: 11, "text-anchor": "middle" }, format(value)),
    );
  }
  groups.forEach((group, row) => {
    const y = top + step * (row + 0.5);
    const name = group.name.length > 32 ? group.name.slice(0, 31) + "…" : group.name;
    svg.append(
      make("text", { x: left - 10, y: y + 4, "text-anchor": "end" }, make("title", {}, group.name), name),
      make("line", { x1: left, x2: width - right, y1: y, y2: y }),
    );
    for (const value of group.before) svg.append(make("circle", { class: "before", cx: x(value), cy: y, r: 5.5 }));
    for (const dot of group.now) {
      svg.append(
        make("circle", { class: dot.kind, cx: x(dot.value), cy: y, r: 4, onclick: dot.open }, make("title", {}, dot.title)),
      );
    }
  });
  return svg;
}
