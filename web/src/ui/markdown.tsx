import { Lexer, type Token, type Tokens } from 'marked';
import { Fragment, type ReactNode } from 'react';
import { linkTo } from '../state/route.ts';

/**
 * Markdown as elements of the page. Nothing is ever set as HTML: what an agent or a stranger wrote as a tag is shown as the
 * text that it is, a picture as a link (no foreign host is asked), and a link leads only where it says.
 */

const sound = /^(?:https?:\/\/|mailto:)/i;
const taskId = /\bt_[a-f0-9]{8,}\b/g;

function Anchor({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  if (!sound.test(href)) return <>{children}</>;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener nofollow">
      {children}
    </a>
  );
}

/** A text in which the id of a task is a link to it. */
function withTasks(text: string, board: string | undefined): ReactNode {
  if (board === undefined) return text;
  const parts = text.split(/(\bt_[a-f0-9]{8,}\b)/);
  return parts.map((part, index) =>
    part.match(taskId) ? (
      <a key={index} href={linkTo({ task: { board, id: part } })}>
        {part}
      </a>
    ) : (
      part
    ),
  );
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
/** Signs that somebody wrote as they are written in HTML. */
const plain = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => entities[name] ?? whole);

const isTable = (token: Token): token is Tokens.Table => token.type === 'table';
const isList = (token: Token): token is Tokens.List => token.type === 'list';
const inside = (token: Token): readonly Token[] => ('tokens' in token && token.tokens ? token.tokens : []);

function Table({ token, board }: { readonly token: Tokens.Table; readonly board: string | undefined }) {
  const cells = (row: readonly Tokens.TableCell[], Cell: 'td' | 'th') =>
    row.map((cell, index) => <Cell key={index}>{shown(cell.tokens, board)}</Cell>);
  return (
    <table>
      <thead>
        <tr>{cells(token.header, 'th')}</tr>
      </thead>
      <tbody>
        {token.rows.map((row, index) => (
          <tr key={index}>{cells(row, 'td')}</tr>
        ))}
      </tbody>
    </table>
  );
}

function List({ token, board }: { readonly token: Tokens.List; readonly board: string | undefined }) {
  const items = token.items.map((item, index) => (
    <li key={index}>
      {item.task && <input type="checkbox" checked={item.checked === true} disabled aria-label={item.text} />}{' '}
      {shown(item.tokens, board)}
    </li>
  ));
  return token.ordered ? <ol start={token.start === '' ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
}

function one(token: Token, board: string | undefined): ReactNode {
  if (isTable(token)) return <Table token={token} board={board} />;
  if (isList(token)) return <List token={token} board={board} />;
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'paragraph':
      return <p>{shown(inside(token), board)}</p>;
    case 'heading':
      return <p className="pt-1 font-semibold">{shown(inside(token), board)}</p>;
    case 'blockquote':
      return <blockquote>{shown(inside(token), board)}</blockquote>;
    case 'code':
      return (
        <pre>
          <code>{token['text']}</code>
        </pre>
      );
    case 'codespan':
      return <code>{token['text']}</code>;
    case 'strong':
      return <strong>{shown(inside(token), board)}</strong>;
    case 'em':
      return <em>{shown(inside(token), board)}</em>;
    case 'del':
      return <del>{shown(inside(token), board)}</del>;
    case 'link':
      return <Anchor href={token['href']}>{shown(inside(token), board)}</Anchor>;
    case 'image':
      return <Anchor href={token['href']}>{token['text'] || token['href']}</Anchor>;
    case 'hr':
      return <hr className="border-line" />;
    case 'br':
      return <br />;
    case 'escape':
      return plain(token['text']);
    case 'text':
      return inside(token).length > 0 ? shown(inside(token), board) : withTasks(plain(token['text']), board);
    default:
      return token.raw;
  }
}

const shown = (tokens: readonly Token[], board: string | undefined): ReactNode =>
  tokens.map((token, index) => <Fragment key={index}>{one(token, board)}</Fragment>);

export const Markdown = ({ text, board }: { readonly text: string; readonly board?: string }) => (
  <div className="prose-md">{shown(new Lexer({ gfm: true, breaks: true }).lex(text), board)}</div>
);
