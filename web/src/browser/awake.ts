/** Keeps the screen on until the returned function is called: a phone that sleeps stops recording and uploading. */
export function stayAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let released = false;
  const request = async () => {
    if (document.visibilityState !== "visible") return; // a hidden page loses the lock
    lock = await navigator.wakeLock?.request("screen").catch(() => undefined); // refused on low battery
    if (released) void lock?.release();
  };
  document.addEventListener("visibilitychange", request);
  void request();
  return () => {
    released = true;
    document.removeEventListener("visibilitychange", request);
    void lock?.release();
  };
}
