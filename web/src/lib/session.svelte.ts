import { api, unwrap, type Failure, failureOf, type Me } from "./client";

/** The signed-in user. */
class Session {
  me = $state.raw<Me>();
  known = $state(false);
  failure = $state.raw<Failure>();

  async load(): Promise<void> {
    try {
      this.me = await unwrap(api.GET("/v1/sessions/me"));
    } catch (cause) {
      const failure = failureOf(cause);
      this.failure = failure.status === 401 ? undefined : failure;
    } finally {
      this.known = true;
    }
  }

  /** Sends visitors who are not signed in to the sign-in page, and back afterwards. */
  async requireSignIn(): Promise<void> {
    await this.load();
    if (!this.me && !this.failure)
      location.replace(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
  }

  /** Admins may what all others may, and leads what moderators may. */
  may(role: "moderator" | "lead" | "creative" | "admin"): boolean {
    return Boolean(this.me?.roles?.some((r) => r === role || r === "admin" || (r === "lead" && role === "moderator")));
  }

  async signOut(): Promise<void> {
    await unwrap(api.DELETE("/v1/sessions/me"));
    location.assign("/sign-in");
  }
}

export const session = new Session();
