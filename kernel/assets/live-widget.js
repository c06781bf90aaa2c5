// The view of a live output in the page, run by anywidget. It keeps the user's zoom, scroll position and hover while pictures come and go.

const LIBRARIES_MS = 20_000;
/** Zoom of each model: a view that is made anew goes on where the one before it was. */
const zooms = new WeakMap();

function render({ model, el }) {
  const root = el.appendChild(document.createElement("div"));
  root.className = "weir-widget";
  const bar = root.appendChild(document.createElement("div"));
  bar.className = "weir-widget-bar";
  const figures = bar.appendChild(document.createElement("div"));
  const buttons = bar.appendChild(document.createElement("div"));
  const body = root.appendChild(document.createElement("div"));
  const failure = root.appendChild(document.createElement("pre"));
  failure.className = "weir-widget-failure";
  const notes = root.appendChild(document.createElement("div"));
  notes.className = "weir-widget-notes";
  let isPaused = false;
  const pause = button(buttons, "Pause", () => {
    isPaused = !isPaused;
    pause.textContent = isPaused ? "Resume" : "Pause";
    model.send({ type: isPaused ? "pause" : "resume" });
  });
  const stop = button(buttons, "Stop", () => model.send({ type: "stop" }));
  const picture = model.get("spec") == null ? tablePicture(body) : chartPicture(body, model);
  const draw = () => {
    const frame = model.get("frame");
    if (frame == null) return;
    figures.replaceChildren(...frame.figures.map((figure, i) => part(figure, i === 0 ? `state ${frame.state}` : (figure.tone ?? ""))));
    failure.textContent = frame.failure.join("\n");
    notes.textContent = frame.notes.join("\n");
    pause.hidden = stop.hidden = frame.state !== "running";
    Promise.resolve(picture.draw(frame)).then(() => model.send({ type: "drawn" }));
  };
  model.on("change:frame", draw);
  draw();
  return () => {
    model.off("change:frame", draw);
    picture.close();
  };
}

function button(parent, text, onClick) {
  const made = parent.appendChild(document.createElement("button"));
  made.textContent = text;
  made.addEventListener("click", onClick);
  return made;
}

function part({ text }, className) {
  const made = document.createElement("span");
  made.textContent = text;
  made.className = className;
  return made;
}

/** A table whose rows are written in place. */
function tablePicture(body) {
  body.className = "weir-widget-table";
  const table = body.appendChild(document.createElement("table"));
  const head = table.createTHead();
  const rows = table.createTBody();
  let columns = "";
  const heading = (frame) => {
    const key = JSON.stringify(frame.columns);
    if (key === columns) return;
    columns = key;
    head.replaceChildren();
    for (const what of ["name", "type"]) {
      const row = head.insertRow();
      for (const column of frame.columns) {
        const cell = row.appendChild(document.createElement("th"));
        cell.textContent = column[what];
        cell.className = column.align;
      }
    }
  };
  return {
    draw(frame) {
      heading(frame);
      const atEnd = body.scrollTop + body.clientHeight >= body.scrollHeight - 4;
      while (rows.rows.length > frame.rows.length) rows.deleteRow(-1);
      frame.rows.forEach((values, r) => {
        const row = rows.rows[r] ?? rows.insertRow();
        row.className = frame.open?.[r] ? "open" : "";
        values.forEach((value, c) => {
          const cell = row.cells[c] ?? row.insertCell();
          const text = value ?? "NULL";
          if (cell.textContent !== text) cell.textContent = text;
          cell.className = value === null ? `${frame.columns[c].align} null` : frame.columns[c].align;
        });
      });
      if (frame.isTail && atEnd) body.scrollTop = body.scrollHeight;
    },
    close() {},
  };
}

/** A chart that is made once, and gets new rows for each picture. */
function chartPicture(body, model) {
  body.className = "weir-widget-chart";
  body.textContent = "…";
  const tip = document.createElement("div");
  tip.className = "weir-widget-tip";
  tip.hidden = true;
  let view;
  let latest;
  let isClosed = false;
  const make = async () => {
    const { vega, vegaLite } = await libraries(model);
    if (isClosed) return;
    const compiled = vegaLite.compile({ ...model.get("spec"), data: { name: "rows", values: [] } }).spec;
    view?.finalize();
    body.replaceChildren(tip);
    const container = body.appendChild(document.createElement("div"));
    const made = new vega.View(vega.parse(compiled), { renderer: "canvas", container, hover: true, loader: refusingLoader(vega) });
    made.tooltip((_handler, event, _item, value) => showTip(tip, body, event, value));
    for (const axis of ["zoom_x", "zoom_y"]) restoreZoom(made, axis, model);
    view = made;
    if (latest !== undefined) fill(latest);
  };
  const fill = (frame) => {
    // Rows go in as they are; scales that the user has zoomed stay where they are.
    return view.data("rows", frame.values.map((value) => ({ ...value }))).runAsync();
  };
  const again = () => make().catch((error) => (body.textContent = `the chart cannot be drawn here: ${error.message}`));
  again();
  model.on("change:spec", again);
  return {
    draw(frame) {
      latest = frame;
      return view === undefined ? undefined : fill(frame);
    },
    close() {
      isClosed = true;
      model.off("change:spec", again);
      view?.finalize();
    },
  };
}

/** Puts an axis where the user had it, and remembers and tells where it goes. */
function restoreZoom(view, signal, model) {
  const zoom = zooms.get(model) ?? {};
  zooms.set(model, zoom);
  let timer;
  try {
    if (zoom[signal] !== undefined) view.signal(signal, zoom[signal]);
    view.addSignalListener(signal, (_name, range) => {
      zoom[signal] = range ?? undefined;
      if (signal !== "zoom_x") return;
      clearTimeout(timer);
      timer = setTimeout(() => model.send({ type: "zoom", range: range == null ? null : Array.from(range, Number) }), 200);
    });
  } catch {
    // A chart over categories has no such signal: there is nothing to zoom.
  }
}

function showTip(tip, body, event, value) {
  tip.hidden = value == null || value === "";
  if (tip.hidden) return;
  const entries = typeof value === "object" ? Object.entries(value) : [["", value]];
  tip.replaceChildren(
    ...entries.map(([name, text]) => {
      const line = document.createElement("div");
      line.textContent = name === "" ? String(text) : `${name}: ${text}`;
      return line;
    }),
  );
  const box = body.getBoundingClientRect();
  tip.style.left = `${event.clientX - box.left + 12}px`;
  tip.style.top = `${event.clientY - box.top + 12}px`;
}

function refusingLoader(vega) {
  const refuse = () => Promise.reject(new Error("a live chart loads nothing"));
  return { ...vega.loader(), load: refuse, sanitize: refuse, http: refuse, file: refuse };
}

/** Vega and Vega-Lite, which the kernel sends once to a page. */
function libraries(model) {
  globalThis.weirLibraries ??= new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      globalThis.weirLibraries = undefined;
      reject(new Error("the kernel did not send its charting library"));
    }, LIBRARIES_MS);
    const receive = (content, buffers) => {
      if (content?.type !== "libraries") return;
      model.off("msg:custom", receive);
      clearTimeout(timer);
      const [vegaText, vegaLiteText] = buffers.map((buffer) => new TextDecoder().decode(buffer));
      const vega = evaluate(vegaText, () => undefined);
      resolve({ vega, vegaLite: evaluate(vegaLiteText, () => vega) });
    };
    model.on("msg:custom", receive);
    model.send({ type: "libraries" });
  });
  return globalThis.weirLibraries;
}

/** Runs a library that would make itself known as a CommonJS module. */
function evaluate(text, require) {
  const module = { exports: {} };
  new Function("module", "exports", "require", "define", text)(module, module.exports, require, undefined);
  return module.exports;
}

export default { render };
