"use strict";
// Unpacking, numbers and elements.

/** The data that stands in the page, unpacked. */
async function unpack() {
  const text = document.getElementById("data").textContent.trim();
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

/** Sums up differences, in `unit`s. */
function sums(steps, unit) {
  const values = new Float64Array(steps.length);
  let sum = 0;
  for (let i = 0; i < steps.length; i++) {
    sum += steps[i];
    values[i] = sum * unit;
  }
  return values;
}

/** A run as the player draws it: metres, seconds, radians. */
function decodeRun(packed) {
  if (!packed) return null;
  const times = sums(packed.t, 0.01);
  const actors = packed.actors.map((a) => ({
    name: a.n,
    kind: a.c,
    length: a.b[0] / 100,
    width: a.b[1] / 100,
    ahead: a.b[2] / 100,
    left: a.b[3] / 100,
    first: a.f,
    x: sums(a.x, 0.01),
    y: sums(a.y, 0.01),
    yaw: sums(a.h, 0.001),
    speed: sums(a.v, 0.01),
  }));
  const ego = packed.ego === null ? null : actors[packed.ego];
  return {
    times,
    actors,
    ego,
    accel: sums(packed.accel, 0.01),
    gap: packed.gap.map((g) => (g < 0 ? NaN : g / 100)),
    end: times.length ? times[times.length - 1] : 0,
  };
}

/** Where a time lies among samples: the sample before, and the part of the way to the next. */
function locate(times, t) {
  let low = 0;
  let high = times.length - 1;
  if (high < 0) return { i: 0, part: 0 };
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= t) low = middle;
    else high = middle - 1;
  }
  const span = low + 1 < times.length ? times[low + 1] - times[low] : 0;
  return { i: low, part: span > 0 ? Math.min(1, Math.max(0, (t - times[low]) / span)) : 0 };
}

/** State of an actor at a located time; null where it is not there. */
function stateAt(actor, at) {
  const i = at.i - actor.first;
  if (i < 0 || i >= actor.x.length) return null;
  const j = Math.min(i + 1, actor.x.length - 1);
  const mix = (values) => values[i] + (values[j] - values[i]) * at.part;
  return { x: mix(actor.x), y: mix(actor.y), yaw: mix(actor.yaw), speed: mix(actor.speed) };
}

/** A number as short as it is worth. */
function format(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  // Rounding noise of the simulation, not a figure.
  if (size < 1e-6) return "0";
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2);
  const digits = size >= 100 ? 1 : size >= 1 ? 2 : 3;
  return value.toFixed(digits).replace(/\.?0+$/, "");
}

/** An element with attributes, listeners (`onclick`) and children. */
function make(tag, attributes, ...children) {
  const svg = ["svg", "path", "line", "circle", "text", "g", "title", "rect"].includes(tag);
  const element = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

/** A colour of the page's style. */
function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}
