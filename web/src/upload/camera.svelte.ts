// Recording with the camera: devices, level meter, countdown, pause. The recording
// survives a crash, because each piece is stored in the browser as it arrives.
import { stayAwake } from "../browser/awake";
import { discardRecording, storeRecording } from "./recordingStore";

/** Best first: support by phones and browsers, and cost of transcoding. */
const mimeTypes = [
  "video/mp4;codecs=avc1.42E01E,mp4a.40.2",
  "video/mp4;codecs=avc1.42E01E,opus",
  "video/webm;codecs=vp9,opus",
  "video/webm",
  "video/mp4",
];
const audible = 0.01; // of full scale
const quietAfter = 3000; // milliseconds; speech never pauses that long
const pieceLength = 1000; // milliseconds of video lost at most when the page crashes

export class Camera {
  stream = $state.raw<MediaStream>();
  devices = $state.raw<MediaDeviceInfo[]>([]);
  denied = $state<"forbidden" | "missing" | "busy">();
  videoId = $state("");
  audioId = $state("");
  /** Which way the camera looks, where the device knows; of a computer's it is empty. */
  facing = $state("");
  level = $state(0);
  quiet = $state(false);
  countdown = $state(0);
  recording = $state(false);
  paused = $state(false);
  seconds = $state(0);
  file = $state.raw<File>();
  fileURL = $state("");
  readonly limit: number;
  #recorder: MediaRecorder | undefined;
  #audio: AudioContext | undefined;
  #timer = 0;
  #closed = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  get secondsLeft(): number {
    return Math.max(0, this.limit - this.seconds);
  }

  /** Switches to the camera that looks the other way, else to the next one. */
  flip(): Promise<void> {
    if (this.facing) return this.open("", this.audioId, this.facing === "user" ? "environment" : "user");
    const cameras = this.devices.filter((d) => d.kind === "videoinput");
    const next = cameras[(cameras.findIndex((d) => d.deviceId === this.videoId) + 1) % cameras.length];
    return this.open(next?.deviceId, this.audioId);
  }

  async open(video = "", audio = "", facingMode = "user"): Promise<void> {
    this.#release();
    this.denied = undefined;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: {
          width: { ideal: 1280 },
          height: { ideal: 720 },
          ...(video ? { deviceId: { exact: video } } : { facingMode }),
        },
        audio: audio ? { deviceId: { exact: audio } } : true,
      });
      if (this.#closed) return stream.getTracks().forEach((track) => track.stop());
      this.stream = stream;
      const settings = stream.getVideoTracks()[0]?.getSettings();
      this.videoId = settings?.deviceId ?? "";
      this.facing = settings?.facingMode ?? "";
      this.audioId = stream.getAudioTracks()[0]?.getSettings().deviceId ?? "";
      this.devices = (await navigator.mediaDevices.enumerateDevices()).filter(
        (d) => d.kind !== "audiooutput" && d.deviceId,
      );
      this.#meter(stream);
    } catch (cause) {
      const name = cause instanceof DOMException ? cause.name : "";
      this.denied =
        name === "NotAllowedError"
          ? "forbidden"
          : name === "NotFoundError" || name === "OverconstrainedError"
            ? "missing"
            : "busy";
    }
  }

  #meter(stream: MediaStream): void {
    const audio = new AudioContext();
    const analyser = audio.createAnalyser();
    const samples = new Float32Array(analyser.fftSize);
    audio.createMediaStreamSource(stream).connect(analyser);
    this.#audio = audio;
    let lastAudible = performance.now();
    const sample = () => {
      if (this.#audio !== audio) return;
      analyser.getFloatTimeDomainData(samples);
      const peak = samples.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
      if (peak > audible) lastAudible = performance.now();
      this.quiet = performance.now() - lastAudible > quietAfter;
      this.level = Math.max(Math.min(1, peak), this.level * 0.85);
      setTimeout(sample, 60);
    };
    sample();
  }

  async start(): Promise<void> {
    for (this.countdown = 3; this.countdown > 0; this.countdown--) await new Promise((done) => setTimeout(done, 700));
    if (!this.stream || this.#closed) return;
    const mimeType = mimeTypes.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(this.stream, { mimeType, videoBitsPerSecond: 4_000_000 });
    const writer = await storeRecording(recorder.mimeType || "video/webm");
    recorder.ondataavailable = (e) => e.data.size > 0 && writer.add(e.data);
    recorder.onstop = async () => {
      clearInterval(this.#timer);
      this.recording = this.paused = false;
      releaseLock();
      this.file = await writer.file();
      this.fileURL = URL.createObjectURL(this.file);
    };
    this.#recorder = recorder;
    this.seconds = 0;
    this.recording = true;
    const releaseLock = stayAwake();
    recorder.start(pieceLength);
    let last = performance.now();
    this.#timer = window.setInterval(() => {
      const now = performance.now();
      if (!this.paused) this.seconds += (now - last) / 1000;
      last = now;
      if (this.secondsLeft <= 0) this.stop();
    }, 200);
  }

  toggle(): void {
    this.paused = !this.paused;
    if (this.paused) this.#recorder?.pause();
    else this.#recorder?.resume();
  }

  stop(): void {
    if (this.#recorder?.state !== "inactive") this.#recorder?.stop();
  }

  discard(): void {
    URL.revokeObjectURL(this.fileURL);
    this.file = undefined;
    this.fileURL = "";
    this.seconds = 0;
    void discardRecording();
  }

  #release(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = undefined;
    void this.#audio?.close();
    this.#audio = undefined;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.stop();
    this.#release();
    if (this.fileURL) URL.revokeObjectURL(this.fileURL);
  }
}
