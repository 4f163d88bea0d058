// The player: lanes and boxes from above, a clock, and the plots that follow it.

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];

/** Surfaces and lines of a map as paths in metres. */
function mapPaths(map) {
  if (map.paths) return map.paths;
  const build = (items, closed) => {
    const paths = new Map();
    for (const [kind, steps] of items) {
      if (!paths.has(kind)) paths.set(kind, new Path2D());
      const path = paths.get(kind);
      let [x, y] = [0, 0];
      for (let i = 0; i + 1 < steps.length; i += 2) {
        x += steps[i] / 100;
        y += steps[i + 1] / 100;
        if (i === 0) path.moveTo(x, y);
        else path.lineTo(x, y);
      }
      if (closed) path.closePath();
    }
    return paths;
  };
  map.paths = { areas: build(map.areas, true), lines: build(map.lines, false) };
  return map.paths;
}

/** Plays a run, and an earlier one as a ghost. `marks`: times of what went wrong. */
class Player {
  constructor({ map, now, before, marks }) {
    this.map = mapPaths(map);
    this.now = now;
    this.before = before;
    this.marks = marks;
    this.end = Math.max(now.end, before ? before.end : 0);
    this.time = 0;
    this.playing = false;
    this.rate = 1;
    this.follow = Boolean(now.ego);
    this.ghost = Boolean(before);
    this.names = false;
    this.listeners = [];
    this.build();
    this.fit();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.canvas);
  }

  build() {
    this.canvas = make("canvas", {
      tabindex: 0,
      role: "img",
      "aria-label": "Top view of the run. Space plays, arrow keys step, plus and minus zoom, dragging pans.",
    });
    this.hud = make("div", { class: "hud" });
    const zoom = (factor) => () => this.zoomBy(factor);
    this.stage = make(
      "div",
      { class: "stage" },
      this.canvas,
      this.hud,
      make(
        "div",
        { class: "zoom" },
        make("button", { class: "button", title: "Zoom in", "aria-label": "Zoom in", onclick: zoom(1.4) }, "+"),
        make("button", { class: "button", title: "Zoom out", "aria-label": "Zoom out", onclick: zoom(1 / 1.4) }, "−"),
        make(
          "button",
          { class: "button", title: "Show everything", "aria-label": "Show everything", onclick: () => this.fit(true) },
          "⤢",
        ),
      ),
      this.before &&
        make("div", { class: "legend" }, make("i"), "this run", make("i", { class: "ghost" }), "baseline"),
    );
    this.playButton = make("button", { class: "button primary", onclick: () => this.toggle() }, "▶ Play");
    this.slider = make("input", {
      type: "range",
      min: 0,
      max: this.end,
      step: 0.01,
      value: 0,
      "aria-label": "Time",
      oninput: () => this.seek(Number(this.slider.value)),
    });
    const mark = (t) => make("i", { style: `left:${(100 * t) / (this.end || 1)}%`, title: `${t.toFixed(2)} s` });
    this.output = make("output", {});
    const check = (label, name) => {
      const input = make("input", {
        type: "checkbox",
        onchange: () => {
          this[name] = input.checked;
          this.draw();
        },
      });
      input.checked = this[name];
      this[name + "Box"] = input;
      return make("label", {}, input, " ", label);
    };
    const rates = make(
      "select",
      { "aria-label": "Speed of playing", onchange: () => (this.rate = Number(rates.value)) },
      SPEEDS.map((s) => make("option", { value: s, selected: s === 1 }, `${s}×`)),
    );
    this.controls = make(
      "div",
      { class: "player" },
      this.playButton,
      make("div", { class: "scrub" }, this.slider, this.marks.map(mark)),
      this.output,
      rates,
      this.marks.length > 0 &&
        make("button", { class: "button", onclick: () => this.jump() }, "Go to failure"),
      this.now.ego && check("follow", "follow"),
      this.before && check("baseline", "ghost"),
      check("names", "names"),
    );
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15, event);
    }, { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.drag = { x: event.clientX, y: event.clientY };
    });
    this.canvas.addEventListener("pointermove", (event) => this.pan(event));
    this.canvas.addEventListener("dblclick", () => this.fit(true));
  }

  key(event) {
    const step = event.shiftKey ? 1 : 0.1;
    const keys = {
      " ": () => this.toggle(),
      ArrowRight: () => this.seek(this.time + step),
      ArrowLeft: () => this.seek(this.time - step),
      Home: () => this.seek(0),
      End: () => this.seek(this.end),
      "+": () => this.zoomBy(1.2),
      "-": () => this.zoomBy(1 / 1.2),
    };
    if (event.target === this.canvas && keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  }

  /** Two seconds before the first failure. */
  jump() {
    this.seek(Math.max(0, this.marks[0] - 2));
    if (!this.playing) this.toggle();
  }

  toggle() {
    this.playing = !this.playing;
    this.playButton.textContent = this.playing ? "❚❚ Pause" : "▶ Play";
    if (!this.playing) return;
    if (this.time >= this.end - 1e-6) this.seek(0);
    let last = performance.now();
    const frame = (now) => {
      if (!this.playing || !this.canvas.isConnected) {
        this.playing = false;
        return;
      }
      this.seek(this.time + ((now - last) / 1000) * this.rate);
      last = now;
      if (this.time >= this.end) this.toggle();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  seek(time) {
    this.time = Math.min(this.end, Math.max(0, time));
    this.slider.value = this.time;
    this.output.textContent = `${this.time.toFixed(1)} / ${this.end.toFixed(1)} s`;
    for (const listener of this.listeners) listener(this.time);
    this.draw();
  }

  /** Shows all that the ego vehicle (or anybody) does. */
  fit(all) {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    const runs = [this.now, this.before].filter(Boolean);
    for (const run of runs) {
      for (const actor of run.ego && !all ? [run.ego] : run.actors) {
        for (let i = 0; i < actor.x.length; i++) {
          x0 = Math.min(x0, actor.x[i]);
          x1 = Math.max(x1, actor.x[i]);
          y0 = Math.min(y0, actor.y[i]);
          y1 = Math.max(y1, actor.y[i]);
        }
      }
    }
    if (x0 > x1) [x0, y0, x1, y1] = [-20, -20, 20, 20];
    this.center = { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
    const [width, height] = [this.canvas.clientWidth || 800, this.canvas.clientHeight || 420];
    const whole = Math.min(width / (x1 - x0 + 30), height / (y1 - y0 + 30));
    this.scale = all ? whole : Math.min(14, Math.max(6, whole));
    if (all) this.unfollow();
    this.draw();
  }

  unfollow() {
    this.follow = false;
    if (this.followBox) this.followBox.checked = false;
  }

  zoomBy(factor) {
    this.scale = Math.min(120, Math.max(0.2, this.scale * factor));
    this.draw();
  }

  pan(event) {
    if (!this.drag || !event.buttons) return;
    const [dx, dy] = [event.clientX - this.drag.x, event.clientY - this.drag.y];
    if (Math.abs(dx) + Math.abs(dy) < 1) return;
    this.drag = { x: event.clientX, y: event.clientY };
    this.unfollow();
    this.center.x -= dx / this.scale;
    this.center.y += dy / this.scale;
    this.draw();
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!width) return;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.draw();
  }

  draw() {
    const context = this.canvas.getContext("2d");
    const ratio = this.canvas.width / (this.canvas.clientWidth || this.canvas.width);
    const at = locate(this.now.times, this.time);
    const ego = this.now.ego && stateAt(this.now.ego, at);
    if (this.follow && ego) this.center = { x: ego.x, y: ego.y };
    const k = this.scale * ratio;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = color("ground");
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    // Metres, y up, about the centre.
    this.view = [
      k, 0, 0, -k,
      this.canvas.width / 2 - this.center.x * k,
      this.canvas.height / 2 + this.center.y * k,
    ];
    context.setTransform(...this.view);
    this.drawMap(context);
    if (this.now.ego) this.drawPath(context, this.now.ego, color("ego"), []);
    if (this.ghost && this.before) {
      if (this.before.ego) this.drawPath(context, this.before.ego, color("ghost"), [0.8, 0.8]);
      const then = locate(this.before.times, this.time);
      for (const actor of this.before.actors) this.drawActor(context, actor, then, true);
    }
    for (const actor of this.now.actors) this.drawActor(context, actor, at, false);
    this.drawScale(context, ratio);
    this.tell(ego, at);
  }

  drawMap(context) {
    for (const kind of ["walk", "median", "side", "rail", "bike", "road"]) {
      const path = this.map.areas.get(kind);
      if (!path) continue;
      context.fillStyle = context.strokeStyle = color(kind);
      // Closes the seams between pieces.
      context.lineWidth = 0.08;
      context.fill(path, "nonzero");
      context.stroke(path);
    }
    const thin = 1 / this.scale;
    for (const [kind, dash] of [["edge", []], ["lane", [3, 4]], ["center", []]]) {
      const path = this.map.lines.get(kind);
      if (!path) continue;
      context.strokeStyle = color(kind);
      context.lineWidth = Math.max(0.13, thin);
      context.setLineDash(dash);
      context.stroke(path);
    }
    context.setLineDash([]);
  }

  drawPath(context, actor, stroke, dash) {
    context.beginPath();
    for (let i = 0; i < actor.x.length; i++) context.lineTo(actor.x[i], actor.y[i]);
    context.strokeStyle = stroke;
    context.globalAlpha = 0.5;
    context.lineWidth = Math.max(0.12, 1.2 / this.scale);
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  drawActor(context, actor, at, ghost) {
    const state = stateAt(actor, at);
    if (!state) return;
    const isEgo = actor === this.now.ego || (this.before && actor === this.before.ego);
    const kind = { bike: "bike-actor" }[actor.kind] || actor.kind;
    const fill = color(isEgo ? "ego" : kind);
    context.save();
    context.translate(state.x, state.y);
    context.rotate(state.yaw);
    context.translate(actor.ahead, actor.left);
    // What is small stays visible from far.
    const least = 5 / this.scale;
    const [length, width] = [Math.max(actor.length, least), Math.max(actor.width, least * 0.7)];
    context.beginPath();
    context.roundRect(-length / 2, -width / 2, length, width, Math.min(length, width) * 0.22);
    if (ghost) {
      context.strokeStyle = isEgo ? fill : color("ghost");
      context.lineWidth = Math.max(0.14, 1.5 / this.scale);
      context.setLineDash([0.5, 0.35]);
      context.stroke();
    } else {
      context.fillStyle = fill;
      context.fill();
      if (Math.abs(state.speed) > 0.3) {
        // As far as it gets in half a second.
        context.beginPath();
        context.moveTo(length / 2, 0);
        context.lineTo(length / 2 + state.speed / 2, 0);
        context.strokeStyle = fill;
        context.lineWidth = Math.max(0.12, 1.2 / this.scale);
        context.stroke();
      }
      if (actor.kind !== "walker" && actor.kind !== "object") {
        context.beginPath();
        context.moveTo(length * 0.36, 0);
        context.lineTo(length * 0.12, width * 0.34);
        context.lineTo(length * 0.12, -width * 0.34);
        context.fillStyle = color("card");
        context.fill();
      }
    }
    context.restore();
    if (this.names && !ghost) {
      const [a, , , d, e, f] = this.view;
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      const ratio = a / this.scale;
      context.font = `${12 * ratio}px system-ui, sans-serif`;
      context.fillStyle = color("text");
      context.strokeStyle = color("card");
      context.lineWidth = 3 * ratio;
      const place = [a * state.x + e + 8 * ratio, d * state.y + f - 9 * ratio];
      context.strokeText(actor.name, ...place);
      context.fillText(actor.name, ...place);
      context.restore();
    }
  }

  drawScale(context, ratio) {
    const metres = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((m) => m * this.scale > 60) || 1000;
    const length = metres * this.scale * ratio;
    const [x, y] = [12 * ratio, this.canvas.height - 14 * ratio];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.strokeStyle = context.fillStyle = color("text");
    context.lineWidth = 1.5 * ratio;
    context.beginPath();
    context.moveTo(x, y - 4 * ratio);
    context.lineTo(x, y);
    context.lineTo(x + length, y);
    context.lineTo(x + length, y - 4 * ratio);
    context.stroke();
    context.font = `${11 * ratio}px system-ui, sans-serif`;
    context.fillText(`${metres} m`, x + 5 * ratio, y - 5 * ratio);
  }

  tell(ego, at) {
    const parts = [make("b", {}, `${this.time.toFixed(2)} s`)];
    if (ego) {
      parts.push(`${format(ego.speed)} m/s`);
      const gap = this.now.gap[at.i];
      if (Number.isFinite(gap)) parts.push(` · nearest ${format(gap)} m`);
    }
    this.hud.replaceChildren(...parts);
  }

  /** Speed, acceleration and gap of the ego vehicle over time. */
  plots() {
    if (!this.now.ego) return null;
    const lines = (pick) => {
      const line = (run, kind) => {
        const values = run && run.ego ? pick(run) : [];
        const first = run && run.ego ? (values.length === run.times.length ? 0 : run.ego.first) : 0;
        return { kind, values, times: run ? run.times.slice(first) : [] };
      };
      return [line(this.before, "before"), line(this.now, "now")];
    };
    const plot = (title, unit, pick) =>
      linePlot({ title, unit, series: lines(pick), end: this.end, marks: this.marks, seek: (t) => this.seek(t) });
    const all = [
      plot("Speed", "m/s", (run) => run.ego.speed),
      plot("Acceleration", "m/s²", (run) => run.accel),
      plot("Gap to the nearest", "m", (run) => run.gap),
    ].filter(Boolean);
    this.listeners.push((t) => all.forEach((p) => p.cursor(t)));
    return make("div", { class: "plots" }, all);
  }
}
