// Sends a file that was chosen, dropped or pasted to Python, unless it is too large.

export default {
  render({ model, el }) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "file";
    input.accept = model.get("accept");
    label.append(model.get("description"), input);
    el.append(label);

    const send = async (file) => {
      if (!file) return;
      const fits = file.size <= model.get("largest");
      const content = fits ? [await file.arrayBuffer()] : [];
      model.send({ fits }, undefined, content);
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
