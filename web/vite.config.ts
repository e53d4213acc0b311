import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react(), tailwind()],
  build: {
    target: 'es2024',
    // The page's policy allows no data: for scripts and fonts, and a file is cached for good by its hash.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
