/** The room in 3-D: coloured points or a surface that can be turned, zoomed, walked around and measured. */
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  Mesh,
  MeshBasicMaterial,
  PerspectiveCamera,
  Points,
  PointsMaterial,
  Raycaster,
  Scene,
  SRGBColorSpace,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { Line2 } from "three/addons/lines/Line2.js";
import { LineGeometry } from "three/addons/lines/LineGeometry.js";
import { LineMaterial } from "three/addons/lines/LineMaterial.js";
import { Problem } from "./problem";
import type { Point, PointCloud } from "./space";
import type { Surface } from "./surface";

const STEP = 0.06; // radians of a turn by key
const PICK_PIXELS = 6;
const MARK = 0xff2d63;

export class RoomView {
  private readonly scene = new Scene();
  private readonly eye = new PerspectiveCamera(55, 1, 0.01, 1000);
  private readonly renderer: WebGLRenderer;
  private readonly controls: OrbitControls;
  private readonly material = new PointsMaterial({ size: 2, sizeAttenuation: false, vertexColors: true });
  private readonly points = new Points(new BufferGeometry(), this.material);
  private readonly surface = new Mesh(
    new BufferGeometry(),
    new MeshBasicMaterial({ vertexColors: true, side: DoubleSide }),
  );
  private readonly line = new Line2(
    new LineGeometry(),
    new LineMaterial({ color: MARK, linewidth: 4, depthTest: false }),
  );
  private readonly ends = new Points(
    new BufferGeometry(),
    new PointsMaterial({ color: MARK, size: 9, sizeAttenuation: false, depthTest: false }),
  );
  private middle = new Vector3(0, 0, -2);
  private drawn = false;

  /**
   * @param canvas Where it is drawn; it must have a size.
   * @param onPick Called with the point, in the camera's axes, that a click has found.
   * @throws Problem if the browser has no WebGL.
   */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly onPick: (point: Point) => void,
  ) {
    try {
      this.renderer = new WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true });
    } catch {
      throw new Problem("This browser has no WebGL, so the room cannot be shown in 3-D; all else works.");
    }
    this.scene.background = new Color(0x10141c);
    this.line.renderOrder = this.ends.renderOrder = 1;
    this.line.visible = this.ends.visible = false;
    this.scene.add(this.points, this.surface, this.line, this.ends);
    this.controls = new OrbitControls(this.eye, canvas);
    this.controls.addEventListener("change", () => {
      this.draw();
    });
    this.watchClicks();
    canvas.addEventListener("keydown", (event) => {
      this.onKey(event);
    });
    new ResizeObserver(() => {
      this.resize();
    }).observe(canvas);
    this.resize();
  }

  /** Shows points, or the surface that has them as corners, from where one looks already. */
  update(cloud: PointCloud | Surface): void {
    const turned = cloud.points.map((value, index) => (index % 3 === 0 ? value : -value));
    const colors = new Float32Array(cloud.colors.length);
    const color = new Color();
    for (let at = 0; at < colors.length; at += 3) {
      const [red, green, blue] = cloud.colors.subarray(at, at + 3);
      color.setRGB(red / 255, green / 255, blue / 255, SRGBColorSpace).toArray(colors, at);
    }
    const geometry = new BufferGeometry()
      .setAttribute("position", new BufferAttribute(turned, 3))
      .setAttribute("color", new BufferAttribute(colors, 3));
    const isSurface = "triangles" in cloud;
    if (isSurface) {
      geometry.setIndex(new BufferAttribute(cloud.triangles, 1));
    }
    for (const shape of [this.points, this.surface]) {
      shape.geometry.dispose();
      shape.visible = (shape === this.surface) === isSurface;
      shape.geometry = shape.visible ? geometry : new BufferGeometry();
    }
    const depths = turned.filter((_, index) => index % 3 === 2).sort();
    const median = depths.length > 0 ? depths[depths.length >> 1] : -2;
    this.middle = new Vector3(0, 0, median);
    this.draw();
  }

  /** Looks from where the photograph was taken, a step back. */
  reset(): void {
    this.eye.position.set(0, -this.middle.z * 0.05, -this.middle.z * 0.12);
    this.controls.target.copy(this.middle);
    this.controls.update();
    this.draw();
  }

  /** Draws what is measured: the ends that are set, and a line between two. */
  showLine(ends: readonly Point[]): void {
    const places = ends.map(([x, y, z]) => new Vector3(x, -y, -z));
    this.ends.visible = places.length > 0;
    this.ends.geometry.dispose();
    this.ends.geometry = new BufferGeometry().setFromPoints(places);
    this.line.visible = places.length > 1;
    this.line.geometry.dispose();
    this.line.geometry = new LineGeometry();
    if (this.line.visible) {
      this.line.geometry.setPositions(places.flatMap((place) => place.toArray()));
    }
    this.draw();
  }

  private draw(): void {
    if (!this.drawn) {
      this.drawn = true;
      requestAnimationFrame(() => {
        this.drawn = false;
        this.renderer.render(this.scene, this.eye);
      });
    }
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth > 0 && clientHeight > 0) {
      this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
      this.renderer.setSize(clientWidth, clientHeight, false);
      this.material.size = Math.max(2, Math.min(devicePixelRatio, 2) * (clientWidth / 320));
      this.eye.aspect = clientWidth / clientHeight;
      this.eye.updateProjectionMatrix();
      this.draw();
    }
  }

  private watchClicks(): void {
    let pressed = new Vector2();
    this.canvas.addEventListener("pointerdown", (event) => {
      pressed = new Vector2(event.clientX, event.clientY);
    });
    this.canvas.addEventListener("pointerup", (event) => {
      const moved = pressed.distanceTo(new Vector2(event.clientX, event.clientY));
      if (moved < 4) {
        const box = this.canvas.getBoundingClientRect();
        this.pick((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
      }
    });
  }

  private pick(across: number, down: number): void {
    const ray = new Raycaster();
    ray.setFromCamera(new Vector2(2 * across - 1, 1 - 2 * down), this.eye);
    const distance = this.eye.position.distanceTo(this.middle);
    ray.params.Points = { threshold: (distance * PICK_PIXELS) / this.canvas.clientHeight };
    const place = this.surface.visible ? this.onSurface(ray) : this.nearRay(ray);
    if (place !== null) {
      this.onPick([place.x, -place.y, -place.z]);
    }
  }

  private onSurface(ray: Raycaster): Vector3 | null {
    return ray.intersectObject(this.surface).at(0)?.point ?? null;
  }

  private nearRay(ray: Raycaster): Vector3 | null {
    const hits = ray.intersectObject(this.points);
    if (hits.length === 0) {
      return null;
    }
    // The nearest to the ray among those about as near as the first: not a point of the wall behind.
    const near = hits.filter((hit) => hit.distance < 1.05 * hits[0].distance);
    near.sort((a, b) => (a.distanceToRay ?? 0) - (b.distanceToRay ?? 0));
    return new Vector3().fromBufferAttribute(
      this.points.geometry.getAttribute("position"),
      near[0].index ?? 0,
    );
  }

  private onKey(event: KeyboardEvent): void {
    const offset = this.eye.position.clone().sub(this.controls.target);
    const up = new Vector3(0, 1, 0);
    const side = new Vector3().crossVectors(up, offset).normalize();
    switch (event.key) {
      case "ArrowLeft":
        offset.applyAxisAngle(up, -STEP);
        break;
      case "ArrowRight":
        offset.applyAxisAngle(up, STEP);
        break;
      case "ArrowUp":
        offset.applyAxisAngle(side, -STEP);
        break;
      case "ArrowDown":
        offset.applyAxisAngle(side, STEP);
        break;
      case "+":
        offset.multiplyScalar(0.9);
        break;
      case "-":
        offset.multiplyScalar(1 / 0.9);
        break;
      case "Enter":
        this.pick(0.5, 0.5);
        event.preventDefault();
        return;
      case "Home":
        this.reset();
        return;
      default:
        return;
    }
    event.preventDefault();
    this.eye.position.copy(this.controls.target).add(offset);
    this.controls.update();
    this.draw();
  }
}
