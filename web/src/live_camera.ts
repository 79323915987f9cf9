/** A camera's frames, one after another, as fast as they are taken. */
import type { Size } from "./lens";
import { pixelsOf } from "./photograph";
import { Problem } from "./problem";

const LONGEST_SIDE = 320;

export class LiveCamera {
  private stream: MediaStream | null = null;

  constructor(private readonly video: HTMLVideoElement) {}

  get isOn(): boolean {
    return this.stream !== null;
  }

  /**
   * Asks for a camera, the rear one where there are two.
   *
   * @throws Problem if there is none, or it may not be used.
   */
  async start(): Promise<void> {
    // Typed as always there, but only pages of https and this machine have it.
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    if (devices === undefined) {
      throw new Problem("A browser gives a page its camera only over https or on this machine.");
    }
    try {
      this.stream = await devices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 640 } },
      });
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      throw new Problem(
        name === "NotAllowedError"
          ? "The camera was refused. Allow it in the browser's address bar and try again."
          : "No camera was found, or another program holds it.",
      );
    }
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  /** The newest frame, its longer side at most 320 pixels. */
  frame(): ImageData {
    const { videoWidth, videoHeight } = this.video;
    const shrink = Math.min(1, LONGEST_SIDE / Math.max(videoWidth, videoHeight));
    const size: Size = {
      width: Math.max(2, Math.round(videoWidth * shrink)),
      height: Math.max(2, Math.round(videoHeight * shrink)),
    };
    return pixelsOf(this.video, size);
  }

  stop(): void {
    this.stream?.getTracks().forEach((track) => {
      track.stop();
    });
    this.stream = null;
    this.video.srcObject = null;
  }
}

/** Frames per second over the last second or so. */
export class FrameRate {
  private readonly times: number[] = [];

  tick(now: number): number {
    this.times.push(now);
    while (this.times.length > 2 && now - this.times[0] > 1500) {
      this.times.shift();
    }
    const seconds = (now - this.times[0]) / 1000;
    return seconds > 0 ? (this.times.length - 1) / seconds : 0;
  }
}
