import { olderBoardRoutes } from './compat/board.ts';
import { olderHomeRoutes } from './compat/home.ts';
import { olderProfileRoutes } from './compat/profiles.ts';
import { olderRunRoutes } from './compat/runs.ts';
import { olderTaskRoutes } from './compat/tasks.ts';
import type { Route } from './route.ts';
import { aroundRoutes } from './routes/around.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { boardRoutes } from './routes/boards.ts';
import { chatRoutes } from './routes/chats.ts';
import { bulkRoute, commandRoutes } from './routes/commands.ts';
import { dispatchingRoutes } from './routes/dispatching.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { peopleRoutes } from './routes/people.ts';
import { runRoutes } from './routes/runs.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';
import { taskRoutes } from './routes/tasks.ts';
import { tokenRoutes } from './routes/tokens.ts';

/** Every route of the table, in the order of the document. */
export const routes: readonly Route[] = [
  ...taskRoutes,
  ...aroundRoutes,
  ...commandRoutes,
  bulkRoute,
  ...attachmentRoutes,
  ...runRoutes,
  ...eventRoutes,
  ...boardRoutes,
  ...dispatchingRoutes,
  ...subscriptionRoutes,
  ...peopleRoutes,
  ...healthRoutes,
  ...tokenRoutes,
  ...chatRoutes,
  ...olderBoardRoutes,
  ...olderTaskRoutes,
  ...olderRunRoutes,
  ...olderHomeRoutes,
  ...olderProfileRoutes,
];
