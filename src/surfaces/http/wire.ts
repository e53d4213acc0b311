import type { z } from '@hono/zod-openapi';
import type * as shape from './shapes.ts';
import type * as homeShape from './shapes-home.ts';

/** What the web board reads: the types of the answers, from the very shapes that the answers are held against. */

export type Task = z.infer<typeof shape.task>;
export type Card = z.infer<typeof shape.card>;
export type Columns = z.infer<typeof shape.columns>;
export type TaskEvent = z.infer<typeof shape.event>;
export type FeedEvent = z.infer<typeof shape.feedEvent> & { readonly board: string };
export type TaskView = z.infer<typeof shape.taskView>;
export type Board = z.infer<typeof homeShape.board>;
export type Edge = z.infer<typeof shape.edge>;
export type Run = z.infer<typeof shape.run>;
export type Spending = z.infer<typeof homeShape.spending>;
export type Slice = z.infer<typeof homeShape.slice>;
export type Changes = z.infer<typeof homeShape.changes>;
export type Pause = z.infer<typeof homeShape.pause>;
export type Rest = z.infer<typeof homeShape.rest>;
export type Delivery = z.infer<typeof homeShape.delivery>;
export type TaskDiagnostics = z.infer<typeof homeShape.taskDiagnostics>;
export type Finding = z.infer<typeof homeShape.finding>;
export type Outcome = z.infer<typeof homeShape.outcomeOfOne>;
export type Me = z.infer<typeof homeShape.me>;
export type Overview = z.infer<typeof homeShape.overview>;
export type Profile = z.infer<typeof homeShape.profile>;
export type { RevisableStatus, Status } from '../../domain/task.ts';
export type { Why, WhyCode } from '../../domain/why.ts';
