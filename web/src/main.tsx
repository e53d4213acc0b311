import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { applyTheme } from './state/prefs.ts';
import { queryClient } from './state/queries.ts';
import { keepShell } from './state/shell.ts';
import './styles.css';

applyTheme();
keepShell();
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no place for the board.');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
