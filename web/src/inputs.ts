/** The ways a photograph comes in: chosen, dropped, pasted, or a sample. */
import type { App } from "./app";
import { element } from "./dom";

export function watchInputs(app: App): void {
  const file = element("file", HTMLInputElement);
  file.addEventListener("change", () => {
    const [chosen] = file.files ?? [];
    if (chosen instanceof File) {
      void app.open(chosen, chosen.name);
    }
    file.value = "";
  });

  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  document.addEventListener("dragleave", () => {
    document.body.classList.remove("dragging");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dragging");
    openFirst(app, event.dataTransfer);
  });
  document.addEventListener("paste", (event) => {
    openFirst(app, event.clipboardData);
  });

  for (const sample of document.querySelectorAll<HTMLButtonElement>("[data-sample]")) {
    sample.addEventListener("click", () => void app.openAddress(sample.dataset.sample ?? ""));
  }
}

function openFirst(app: App, data: DataTransfer | null): void {
  const [first] = data?.files ?? [];
  if (first instanceof File) {
    void app.open(first, first.name);
  }
}
