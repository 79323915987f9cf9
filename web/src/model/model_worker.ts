/** The worker that runs the network, as questions and their answers. */
import type { Answer, Question } from "./messages";

type Asked = Question extends infer Each ? (Each extends Question ? Omit<Each, "id"> : never) : never;

export class ModelWorker {
  private readonly worker = new Worker(new URL("./depth_worker.ts", import.meta.url), {
    type: "module",
  });
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private asked = 0;

  constructor() {
    this.worker.onmessage = (event: MessageEvent<Answer>): void => {
      this.waiting.get(event.data.id)?.(event.data);
      this.waiting.delete(event.data.id);
    };
    this.worker.onerror = (): void => {
      for (const [id, answer] of this.waiting) {
        answer({ id, kind: "failed", reason: "the worker that runs it has stopped" });
      }
      this.waiting.clear();
    };
  }

  /** What `transfer` names is handed over, and no longer here. */
  ask(question: Asked, transfer: Transferable[]): Promise<Answer> {
    const id = ++this.asked;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.worker.postMessage({ ...question, id }, transfer);
    });
  }

  end(): void {
    this.worker.terminate();
  }
}
