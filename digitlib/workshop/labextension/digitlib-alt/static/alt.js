/* Gives each figure its text, `metadata["image/png"].alt`, for who cannot see it.

JupyterLab knows the width and the height of a figure from the same place, but not yet
the text: https://github.com/jupyter/enhancement-proposals/issues/120. This file is what
a builder of extensions would make: a container of webpack's module federation. */

(() => {
  const MIME = "image/png";
  let shared; // the modules of JupyterLab's page

  async function load(name) {
    const versions = Object.values(shared[name]);
    return (await versions[0].get())();
  }

  function describe(renderer) {
    const render = renderer.renderModel.bind(renderer);
    renderer.renderModel = async (model) => {
      await render(model);
      const image = renderer.node.querySelector("img");
      if (image) image.alt = model.metadata[MIME]?.alt ?? "";
    };
    return renderer;
  }

  async function makePlugin() {
    const { IRenderMimeRegistry } = await load("@jupyterlab/rendermime");
    return {
      id: "digitlib-alt:plugin",
      autoStart: true,
      requires: [IRenderMimeRegistry],
      activate: (app, registry) => {
        const usual = registry.getFactory(MIME);
        const create = (options) => describe(usual.createRenderer(options));
        registry.addFactory({ ...usual, mimeTypes: [MIME], createRenderer: create }, 0);
      },
    };
  }

  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB["digitlib-alt"] = {
    init: (modules) => { shared = modules; },
    get: async () => {
      const plugin = await makePlugin();
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
