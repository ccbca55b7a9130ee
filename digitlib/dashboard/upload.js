// Sends a file that was chosen, dropped or pasted to Python, unless it is too large.
// It goes in parts, because the server takes no long messages.

const PART = 512 * 1024; // bytes

export default {
  render({ model, el }) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "file";
    input.accept = model.get("accept");
    label.append(model.get("description"), input);
    el.append(label);

    let newest; // if another file follows, the rest of the first one is not sent
    const send = async (file) => {
      if (!file) return;
      newest = file;
      if (file.size > model.get("largest")) return model.send({ fits: false });
      for (let start = 0, more = true; more; start += PART) {
        const part = await file.slice(start, start + PART).arrayBuffer();
        if (newest !== file) return;
        more = start + PART < file.size;
        model.send({ fits: true, start, more }, undefined, [part]);
      }
    };
    input.addEventListener("change", () => {
      send(input.files[0]);
      input.value = ""; // so that the same file can be chosen again
    });

    const page = () => el.closest(".digit-dashboard");
    const drop = (event) => {
      if (!page()?.contains(event.target) || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      if (event.type === "drop") send(event.dataTransfer.files[0]);
    };
    const paste = (event) => send(event.clipboardData.files[0]);
    const listeners = { dragover: drop, drop, paste };
    for (const [name, listener] of Object.entries(listeners)) {
      document.addEventListener(name, listener);
    }
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        document.removeEventListener(name, listener);
      }
    };
  },
};
