import {
  createElement,
  type CSSProperties,
  type ForwardedRef,
  forwardRef,
  type ForwardRefExoticComponent,
  type ReactNode,
  type RefAttributes,
  useEffect,
  useImperativeHandle,
  useRef,
} from "react";
import { type EventProps, type Events, propOf } from "./events.js";
import { loadElements } from "./load.js";

/** The props of both components. */
export interface ElementProps {
  /** The campaign's slug. */
  campaign: string;
  /** The service's address, such as https://stories.example.com; its script /embed.js is loaded once. */
  origin: string;
  /** BCP 47; by default the visitor's. The first element decides for its page. */
  lang?: string | undefined;
  /** For the script element, where the page's content policy asks for a nonce. */
  nonce?: string | undefined;
  id?: string | undefined;
  className?: string | undefined;
  /** May set the elements' custom properties, such as `--marker`. */
  style?: (CSSProperties & { [property: `--${string}`]: string | number }) | undefined;
  /** Shown until the element has loaded, and by servers. */
  children?: ReactNode;
}

type Component<Props, Tag extends HTMLElement> = ForwardRefExoticComponent<Props & RefAttributes<Tag>>;

/** A component for the custom element, whose attributes besides the common ones are named. */
export function elementOf<E extends Events, Tag extends HTMLElement, Attributes extends object = object>(
  tag: string,
  events: E,
  attributes: (keyof Attributes & string)[] = [],
): Component<ElementProps & Attributes & EventProps<E>, Tag> {
  const names = ["campaign", "lang", ...attributes];

  function Element(props: ElementProps, ref: ForwardedRef<Tag>) {
    const { origin, nonce, id, className, style, children } = props;
    const values = props as unknown as Record<string, unknown>;
    const own = useRef<Tag>(null);
    const latest = useRef(values); // listeners stay while callbacks change
    useEffect(() => void (latest.current = values));
    useImperativeHandle(ref, () => own.current!, []);

    useEffect(() => {
      const element = own.current!;
      const call = (name: string, detail: unknown) => {
        const handler = latest.current[propOf(name)];
        if (typeof handler === "function") handler(detail);
      };
      const listener = (event: Event) => call(event.type.slice(prefix.length), (event as CustomEvent).detail);
      for (const name of Object.keys(events)) element.addEventListener(prefix + name, listener);
      let gone = false;
      loadElements(origin, tag, nonce).catch(
        (cause: Error) => gone || call("error", { code: "script", detail: cause.message }),
      );
      return () => {
        gone = true;
        for (const name of Object.keys(events)) element.removeEventListener(prefix + name, listener);
      };
    }, [origin, nonce]);

    const given = Object.fromEntries(names.map((name) => [name, values[name]]));
    // `class`, because React 18 passes className to custom elements as it is.
    return createElement(tag, { ...given, ref: own, id, class: className, style }, children);
  }
  Element.displayName = tag;
  return forwardRef(Element) as unknown as Component<ElementProps & Attributes & EventProps<E>, Tag>;
}

const prefix = "storyreel:";
