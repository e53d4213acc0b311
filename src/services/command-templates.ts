/** What a profile's command is told of its task. */
export const templates = ['task', 'workspace', 'brief'] as const;
export type TemplateValues = Readonly<Record<(typeof templates)[number], string>>;

/** `{word}`; `${word}` belongs to a shell and is left alone. */
const template = /(?<!\$)\{([a-z_]+)\}/g;

/** The command with its templates filled in. */
export function fillTemplates(
  command: readonly [string, ...string[]],
  values: TemplateValues,
): [string, ...string[]] {
  const fill = (part: string): string =>
    part.replaceAll(template, (all, name: string) =>
      templates.find((known) => known === name) ? lookUp(values, name) : all,
    );
  const [program, ...args] = command;
  return [fill(program), ...args.map(fill)];
}

const lookUp = (values: Readonly<Record<string, string>>, name: string): string => values[name] ?? '';

/** A template that means nothing, if there is one. */
export const unknownTemplate = (part: string): string | undefined =>
  [...part.matchAll(template)]
    .map(([, name = '']) => name)
    .find((name) => !templates.some((known) => known === name));
