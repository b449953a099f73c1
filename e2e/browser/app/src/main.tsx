import { StrictMode } from "react";
import { hydrateRoot } from "react-dom/client";
import { App } from "./App";

hydrateRoot(
  document.getElementById("root")!,
  <StrictMode>
    <App campaign="thatsongwhen" />
  </StrictMode>,
  { onRecoverableError: (cause) => console.error("hydration:", cause) },
);
