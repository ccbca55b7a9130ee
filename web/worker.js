// Python, OpenCV and LiteRT in one worker: read pictures without blocking the page.
//
// The page sends {parts} first, then {id, name, values} for a function of
// python/page.py. A part is {path, size} of a gzipped file beside the page, or {bytes}
// in the page that is a single file. Once all are here, nothing is fetched any more.

const RELAXED_SIMD = WebAssembly.validate(
  new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1,
    253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
  ]),
);
const LITERT = RELAXED_SIMD ? "litert_wasm_internal" : "litert_wasm_compat_internal";
const WHEELS = ["numpy.zip", "pillow.zip", "digitlib.zip"];
const NAMES = [
  ...["pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "pyodide-lock.json"],
  ...["python_stdlib.zip", "opencv.js", "litert.js", `${LITERT}.js`, `${LITERT}.wasm`],
  ...WHEELS,
];
const TYPES = { js: "text/javascript", wasm: "application/wasm", json: "application/json" };
const MEMORY = "https://memory.invalid/"; // an address for what is here already
const realFetch = self.fetch.bind(self);

const parts = new Map(); // name -> promise of its bytes
let python = null;

// --- Parts ---------------------------------------------------------------------------

/** Fetch everything that this browser needs, and tell the page how far it is. */
function fetchParts({ parts: listed }) {
  const all = NAMES.reduce((sum, name) => sum + listed[name].size, 0);
  let here = 0;
  const arrived = (length) => postMessage({ loaded: (here += length), all });
  for (const name of NAMES) parts.set(name, unpack(open(listed[name], arrived)));
}

/** Return a part as a stream: from the page, this browser's cache or the page's server. */
async function open({ bytes, path, size }, arrived) {
  if (bytes) {
    arrived(size);
    return new Response(bytes).body;
  }
  const name = `digits ${new URL("./", self.location)} parts`; // as in sw.js
  const cache = await self.caches?.open(name).catch(() => null);
  const kept = await cache?.match(path);
  if (kept) {
    arrived(size);
    return kept.body;
  }
  const response = await realFetch(path);
  if (!response.ok) throw new Error(`${path} is missing on the page's server`);
  // A full disk, or storage that is switched off, keeps nobody from reading.
  cache?.put(path, response.clone()).catch(() => {});
  const count = { transform: (block, out) => (arrived(block.length), out.enqueue(block)) };
  return response.body.pipeThrough(new TransformStream(count));
}

async function unpack(stream) {
  const unzipped = (await stream).pipeThrough(new DecompressionStream("gzip"));
  return new Response(unzipped).arrayBuffer();
}

/** Return the address of a part for what loads scripts. */
async function addressOf(name) {
  return URL.createObjectURL(new Blob([await parts.get(name)], { type: TYPES.js }));
}

/** Give the libraries their parts; nothing else is fetched by this worker, ever. */
self.fetch = async (request) => {
  const address = String(request.url ?? request);
  if (address.startsWith("data:")) return realFetch(request);
  const name = address.slice(MEMORY.length);
  if (!address.startsWith(MEMORY) || !parts.has(name)) throw new Error(`no ${address}`);
  const type = TYPES[name.split(".").at(-1)] ?? "application/octet-stream";
  return new Response(await parts.get(name), { headers: { "Content-Type": type } });
};

// --- Libraries -----------------------------------------------------------------------

async function startOpenCV() {
  importScripts(await addressOf("opencv.js"));
  self.cv = await self.cv;
}

/** Start LiteRT; a script of its own asks `Module` where its WebAssembly is. */
async function startLiteRT() {
  // It would look for a GPU, which answers with promises only: see Network.
  Object.defineProperty(self.navigator, "gpu", { value: undefined, configurable: true });
  const { loadLiteRt, Tensor } = await import(await addressOf("litert.js"));
  const quiet = () => {}; // it reports its start as errors; real ones are thrown
  self.Module = { locateFile: (name) => MEMORY + name, print: quiet, printErr: quiet };
  const lite = await loadLiteRt(`${await addressOf(`${LITERT}.js`)}#.js`);
  self.compileNetwork = (bytes) => new Network(lite, Tensor, bytes);
}

/**
 * A network, compiled. LiteRT.js offers only promises, which Python cannot wait for. What
 * it calls itself is immediate without a GPU; its version is pinned in parts.json.
 */
class Network {
  constructor(lite, Tensor, bytes) {
    const { liteRtWasm: wasm } = lite;
    const environment = lite.getDefaultEnvironment();
    const options = { environment, accelerator: "wasm", cpuOptions: { numThreads: 1 } };
    Object.assign(options, { gpuOptions: {}, webNNOptions: {} });
    Object.assign(this, { Tensor, wasm, place: wasm._malloc(bytes.length) });
    wasm.HEAPU8.set(bytes, this.place);
    this.model = wasm.loadModel(environment.liteRtEnvironment, this.place, bytes.length);
    this.compiled = wasm.compileModel(environment.liteRtEnvironment, this.model, options);
    this.shapes = this.findShapes();
  }

  /** Return the shape of each output; the number of glyphs, which is open, is 1. */
  findShapes() {
    const signature = this.model.getSignature(0);
    const names = signature.outputNames();
    const shapes = Array.from({ length: names.size() }, (_, i) => {
      const dimensions = this.model.getOutputTensorType(0, i).layout().dimensions();
      return Array.from({ length: dimensions.size() }, (_, j) => Math.abs(dimensions.get(j)));
    });
    names.delete();
    signature.delete();
    return shapes;
  }

  /** Run it on one input; returns an array of numbers for each output. */
  run(values, shape) {
    const input = new this.Tensor(values, shape);
    const outputs = this.compiled.run(0, [input.liteRtTensorBuffer]);
    input.delete();
    return outputs.map((buffer) => {
      const tensor = new this.Tensor(buffer);
      const result = tensor.toTypedArray().slice();
      tensor.delete();
      return result;
    });
  }

  delete() {
    this.compiled.delete();
    this.model.delete();
    this.wasm._free(this.place);
  }
}

async function startPython() {
  importScripts(await addressOf("pyodide.js"));
  importScripts(await addressOf("pyodide.asm.js"));
  const pyodide = await self.loadPyodide({
    indexURL: MEMORY,
    lockFileURL: `${MEMORY}pyodide-lock.json`,
    stdLibURL: `${MEMORY}python_stdlib.zip`,
  });
  const folder = pyodide.runPython("import site; site.getsitepackages()[0]");
  for (const name of WHEELS) {
    pyodide.unpackArchive(await parts.get(name), "zip", { extractDir: folder });
  }
  return pyodide;
}

async function start(message) {
  fetchParts(message);
  const [pyodide] = await Promise.all([startPython(), startOpenCV(), startLiteRT()]);
  parts.clear(); // their memory is needed
  python = pyodide.pyimport("page");
  python.warm_up();
}

self.onmessage = async ({ data }) => {
  try {
    if (data.parts) {
      await start(data);
      postMessage({ isReady: true });
    } else {
      postMessage({ id: data.id, result: python[data.name](...data.values) });
    }
  } catch (error) {
    postMessage({ id: data.id, failure: String(error) });
  }
};
