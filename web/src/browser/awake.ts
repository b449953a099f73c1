/** Keeps the screen on until the returned function is called: a phone that sleeps stops recording and sending. */
export function stayAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let over = false;
  const ask = async () => {
    if (document.visibilityState !== "visible") return; // browsers take the lock back from a hidden page
    lock = await navigator.wakeLock?.request("screen").catch(() => undefined); // refused on low battery
    if (over) void lock?.release();
  };
  document.addEventListener("visibilitychange", ask);
  void ask();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", ask);
    void lock?.release();
  };
}
