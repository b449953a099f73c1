// Layers over a page, such as a dialog, that the browser's Back closes: each has an
// entry in the history, and so an address of its own.

interface Entry {
  layers?: number;
}

const layers: Layer[] = [];
/** Layers that enter the history once the step back that is under way has happened. */
let waiting: { layer: Layer; address: string }[] = [];
let leaving = false;
let listening = false;

/** How many layers the present entry of the history has. */
const depth = (): number => (history.state as Entry | null)?.layers ?? 0;
const entered = (): number => layers.length - waiting.length;

/** Goes back to the entry of the topmost layer that is still open; one step at a time, since steps add up. */
function back(): void {
  if (leaving || depth() <= entered()) return;
  leaving = true;
  history.go(entered() - depth());
}

function enter(layer: Layer, address: string): void {
  history.scrollRestoration = "manual"; // the page below has stayed, and may have moved on
  history.pushState({ layers: layers.indexOf(layer) + 1 } satisfies Entry, "", address);
}

function settle(): void {
  leaving = false;
  while (entered() > depth()) layers.splice(entered() - 1, 1)[0]!.close();
  back(); // more layers were closed meanwhile, or the visitor went forward into one that exists no more
  if (leaving) return;
  const next = waiting;
  waiting = [];
  for (const { layer, address } of next) enter(layer, address);
  // browsers restore the position after this event
  if (!layers.length) requestAnimationFrame(() => layers.length || (history.scrollRestoration = "auto"));
}

function listen(): void {
  if (listening) return;
  listening = true;
  addEventListener("popstate", settle);
  // after a reload, nothing is open any more
  if (depth()) history.replaceState({ layers: 0 } satisfies Entry, "");
}

export class Layer {
  readonly close: () => void;

  /** `close` is called when the visitor goes back; it closes what the layer stands for. */
  constructor(close: () => void) {
    this.close = close;
  }

  /** Adds the layer to the history at first, and changes its address later. */
  show(address: string): void {
    listen();
    const later = waiting.find((w) => w.layer === this);
    if (later) later.address = address;
    else if (layers.includes(this)) history.replaceState(history.state, "", address);
    else {
      layers.push(this);
      if (leaving) waiting.push({ layer: this, address });
      else enter(this, address);
    }
  }

  /** Takes the layer out of the history where it was closed otherwise than by Back. */
  end(): void {
    const at = layers.indexOf(this);
    if (at < 0) return;
    layers.splice(at, 1);
    waiting = waiting.filter((w) => w.layer !== this);
    back();
  }
}
