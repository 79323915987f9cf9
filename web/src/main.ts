/** The page comes alive: pictures go in, the model is fetched meanwhile. */
import { App } from "./app";
import { element, button } from "./dom";
import { watchInputs } from "./inputs";
import { DepthModel } from "./model/depth_model";
import { sentence } from "./problem";

const engine = element("engine", HTMLElement);

const model = DepthModel.open((share) => {
  engine.textContent = `Loading the model… ${String(Math.round(100 * share))} %`;
});

model.then(
  (opened) => {
    engine.textContent = `Ready · ${opened.computesWith}`;
    element("model-name", HTMLElement).textContent = opened.description.name;
  },
  (error: unknown) => {
    engine.textContent = "No model";
    app.showProblem(sentence(error));
  },
);

const app = new App(model);
watchInputs(app);
button("camera").addEventListener("click", () => void app.goLive());
