import { api, ask, type Failure, failureOf, type Me } from "./client";

/** Who is signed in. */
class Session {
  me = $state.raw<Me>();
  known = $state(false);
  failure = $state.raw<Failure>();

  async load(): Promise<void> {
    try {
      this.me = await ask(api.GET("/v1/sessions/me"));
    } catch (cause) {
      const failure = failureOf(cause);
      this.failure = failure.status === 401 ? undefined : failure;
    } finally {
      this.known = true;
    }
  }

  /** For pages of staff: whoever is not signed in is sent to sign in, and back. */
  async need(): Promise<void> {
    await this.load();
    if (!this.me && !this.failure)
      location.replace(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
  }

  may(role: "moderator" | "creative" | "admin"): boolean {
    return Boolean(this.me?.roles?.some((r) => r === role || r === "admin"));
  }

  async leave(): Promise<void> {
    await ask(api.DELETE("/v1/sessions/me"));
    location.assign("/sign-in");
  }
}

export const session = new Session();
