/** The lens: what is known of it, and a slider for who knows better. */
import { button, element } from "./dom";
import type { Sight } from "./sight";

export class LensPanel {
  private readonly slider = element("fov", HTMLInputElement);

  /** @param onChange Called with degrees from left to right, null for the picture's own lens. */
  constructor(onChange: (degrees: number | null) => void) {
    this.slider.addEventListener("input", () => {
      onChange(this.slider.valueAsNumber);
    });
    button("own-lens").addEventListener("click", () => {
      onChange(null);
      this.slider.focus();
    });
  }

  show({ degrees, lens }: Sight): void {
    this.slider.valueAsNumber = degrees;
    element("fov-shown", HTMLOutputElement).value = `${degrees.toFixed(1)}°`;
    button("own-lens").hidden = lens.origin !== "slider";
    element("lens-origin", HTMLElement).textContent = {
      EXIF: "From the photograph's EXIF.",
      slider: "As you set it.",
      assumed: "Not known: a phone's main camera is assumed.",
    }[lens.origin];
  }
}
