import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { t } from '../strings.ts';

/** A text that grows: it stays at its end for as long as somebody is there. */
export function Following({ children, of }: { readonly children: ReactNode; readonly of: unknown }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the text has grown
  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null && atEnd.current) element.scrollTop = element.scrollHeight;
  }, [of]);
  return (
    <section
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
      tabIndex={0}
      aria-label={t.output}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollTop + clientHeight > scrollHeight - 24;
      }}
      className="max-h-[26rem] overflow-auto rounded-lg border border-line bg-ground p-3"
    >
      {children}
    </section>
  );
}
