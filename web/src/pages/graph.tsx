import dagre from '@dagrejs/dagre';
import { useQuery } from '@tanstack/react-query';
import {
  Background,
  Controls,
  type Node as FlowNode,
  Handle,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import { useMemo } from 'react';
import '@xyflow/react/dist/style.css';
import { prefs } from '../state/prefs.ts';
import { linksQuery } from '../state/queries.ts';
import { go, linkTo } from '../state/route.ts';
import { useStore } from '../state/store.ts';
import { t } from '../strings.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { classes, Empty } from '../ui/parts.tsx';
import { graphOf, type Node } from './layers.ts';

const size = { width: 230, height: 46 };

type Shown = FlowNode<{ task: Node; board: string; critical: boolean }, 'task'>;

/** Who waits for whom, from left to right, with the chain that takes longest. */
export default function Graph({ board }: { readonly board: string }) {
  const { data, error } = useQuery(linksQuery(board));
  const { theme } = useStore(prefs);
  const drawn = useMemo(() => (data === undefined ? undefined : draw(board, data.links)), [board, data]);
  if (data === undefined || drawn === undefined) return <Empty>{error?.message ?? t.loading}</Empty>;
  if (data.links.length === 0) return <Empty>{t.noLinks}</Empty>;
  return (
    <div className="relative min-h-0 flex-1" data-graph={data.links.length}>
      <p className="absolute top-3 left-4 z-10 text-soft">
        {drawn.critical > 0 ? t.criticalPath(drawn.critical) : ''} {data.more && t.cutGraph}
      </p>
      <ReactFlow
        nodes={drawn.nodes}
        edges={drawn.edges}
        nodeTypes={nodeTypes}
        colorMode={theme}
        fitView
        fitViewOptions={{ maxZoom: 1 }}
        minZoom={0.1}
        nodesConnectable={false}
        nodesDraggable={false}
        onlyRenderVisibleElements
        proOptions={{ hideAttribution: true }}
        onNodeClick={(_, { id }) => go({ task: { board, id } })}
        className="!bg-transparent"
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function draw(board: string, links: Parameters<typeof graphOf>[0]) {
  const { nodes, critical } = graphOf(links);
  const onPath = new Set(critical);
  const layout = new dagre.graphlib.Graph().setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 60 });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) layout.setNode(id, { ...size });
  for (const { parent_id, child_id } of links) layout.setEdge(parent_id, child_id);
  dagre.layout(layout);
  const shown = nodes.map((task): Shown => {
    const { x, y } = layout.node(task.id);
    return {
      id: task.id,
      type: 'task',
      position: { x: x - size.width / 2, y: y - size.height / 2 },
      data: { task, board, critical: onPath.has(task.id) },
      ...size,
    };
  });
  const edges = links.map(({ parent_id, child_id }) => {
    const isCritical = critical[critical.indexOf(parent_id) + 1] === child_id && onPath.has(parent_id);
    const style = isCritical ? { stroke: 'var(--accent)', strokeWidth: 2 } : { stroke: 'var(--line-strong)' };
    return { id: `${parent_id} ${child_id}`, source: parent_id, target: child_id, style };
  });
  return { nodes: shown, edges, critical: critical.length };
}

const TaskNode = ({ data: { task, board, critical } }: NodeProps<Shown>) => (
  <div
    className={classes(
      'flex h-full items-center gap-2 rounded-lg border bg-panel px-2.5 text-left shadow-card',
      critical ? 'border-accent' : 'border-line',
    )}
  >
    <Handle type="target" position={Position.Left} className="!opacity-0" />
    <StatusIcon status={task.status} />
    <a
      href={linkTo({ task: { board, id: task.id } })}
      className="line-clamp-2 min-w-0 text-[12px] leading-tight"
    >
      {task.title}
    </a>
    <Handle type="source" position={Position.Right} className="!opacity-0" />
  </div>
);

const nodeTypes = { task: TaskNode };
