// What ipywidgets and ipycanvas lack for screen readers and for the keyboard.

const PAD = ".digit-pad canvas";
const PAD_LABEL =
  "Drawing pad. Arrow keys move the pen, Space lowers and lifts it, Backspace undoes.";

export default {
  render({ model, el }) {
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    el.append(status);
    model.on("change:status", () => {
      status.textContent = model.get("status");
    });

    // ipycanvas captures every key on its canvas, so Tab must not reach it.
    const letTabLeave = (event) => {
      if (event.key === "Tab" && event.target.matches(PAD)) {
        event.stopImmediatePropagation();
      }
    };
    document.addEventListener("keydown", letTabLeave, true);

    let waiting = 0;
    const label = () => {
      const canvases = document.querySelectorAll(PAD);
      if (!canvases.length) waiting = requestAnimationFrame(label);
      for (const canvas of canvases) {
        canvas.setAttribute("role", "application");
        canvas.setAttribute("aria-label", PAD_LABEL);
      }
    };
    label();

    return () => {
      cancelAnimationFrame(waiting);
      document.removeEventListener("keydown", letTabLeave, true);
    };
  },
};
