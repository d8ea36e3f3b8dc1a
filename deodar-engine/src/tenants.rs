//! The merchants as the engine keeps them at hand, with their secrets open.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use deodar_domain::id::{MerchantId, UuidBits};
use deodar_domain::merchant::Merchant;
use deodar_store::{Epoch, Record, RecordKey, ReferenceKey, Setting, SettingKey};
use zeroize::Zeroizing;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::keys::{Keys, SecretKind, WrongKey};

/// A merchant with its secrets open.
pub(crate) struct Tenant {
    pub(crate) merchant: Arc<Merchant>,
    pub(crate) client_secret: Zeroizing<Vec<u8>>,
    pub(crate) signing_key: Zeroizing<Vec<u8>>,
    pub(crate) webhook_secret: Zeroizing<Vec<u8>>,
}

impl Tenant {
    fn open(keys: &Keys, merchant: Merchant) -> Result<Self, WrongKey> {
        let client_secret = keys.open(merchant.id, SecretKind::Client, &merchant.client_secret)?;
        let webhook_secret = match &merchant.webhook_secret {
            Some(secret) => keys.open(merchant.id, SecretKind::Webhook, secret)?,
            None => client_secret.clone(),
        };
        Ok(Self {
            signing_key: keys.open(merchant.id, SecretKind::Signing, &merchant.signing_key)?,
            merchant: Arc::new(merchant),
            client_secret,
            webhook_secret,
        })
    }
}

/// The merchants that this process has read.
#[derive(Default)]
pub(crate) struct Tenants {
    by_id: RwLock<HashMap<MerchantId, Arc<Tenant>>>,
    by_client: RwLock<HashMap<UuidBits, MerchantId>>,
}

impl Tenants {
    fn get(&self, id: MerchantId) -> Option<Arc<Tenant>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn id_of_client(&self, client: UuidBits) -> Option<MerchantId> {
        self.by_client.read().unwrap_or_else(PoisonError::into_inner).get(&client).copied()
    }

    fn insert(&self, tenant: Arc<Tenant>) {
        let id = tenant.merchant.id;
        let client = tenant.merchant.client_id;
        self.by_client.write().unwrap_or_else(PoisonError::into_inner).insert(client, id);
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).insert(id, tenant);
    }
}

impl Engine {
    /// Reads every merchant and the clock, once, when the engine opens.
    pub(crate) async fn load_tenants(&self) -> Result<(), EngineError> {
        let epoch = self.parts.store.changed_since(Epoch::default()).await?.epoch;
        for stored in self.parts.store.merchants().await? {
            self.remember(stored.record)?;
        }
        self.read_clock_offset().await?;
        *self.epoch.lock().await = epoch;
        Ok(())
    }

    fn remember(&self, merchant: Merchant) -> Result<Arc<Tenant>, EngineError> {
        let tenant = Tenant::open(&self.keys, merchant).map_err(|_| EngineError::WrongMasterKey)?;
        let tenant = Arc::new(tenant);
        self.tenants.insert(Arc::clone(&tenant));
        Ok(tenant)
    }

    /// The merchant of an id.
    pub(crate) async fn tenant(&self, id: MerchantId) -> Result<Option<Arc<Tenant>>, EngineError> {
        if let Some(tenant) = self.tenants.get(id) {
            return Ok(Some(tenant));
        }
        match self.parts.store.get(RecordKey::Merchant(id)).await?.map(|stored| stored.record) {
            Some(Record::Merchant(merchant)) => Ok(Some(self.remember(*merchant)?)),
            _ => Ok(None),
        }
    }

    /// The merchant of a record that must have one.
    pub(crate) async fn tenant_of(&self, id: MerchantId) -> Result<Arc<Tenant>, EngineError> {
        let found = self.tenant(id).await?;
        found.ok_or_else(|| EngineError::Internal(format!("merchant {id} is missing")))
    }

    pub(crate) async fn tenant_by_client(
        &self,
        client: UuidBits,
    ) -> Result<Option<Arc<Tenant>>, EngineError> {
        if let Some(id) = self.tenants.id_of_client(client) {
            return self.tenant(id).await;
        }
        match self.parts.store.find(&ReferenceKey::Client(client)).await? {
            Some(RecordKey::Merchant(id)) => self.tenant(id).await,
            _ => Ok(None),
        }
    }

    /// Reads what other processes changed: merchants, secrets, the clock. A worker calls it several
    /// times a second.
    pub async fn refresh(&self) -> Result<(), EngineError> {
        let mut epoch = self.epoch.lock().await;
        let changes = self.parts.store.changed_since(*epoch).await?;
        for key in changes.keys {
            match key {
                RecordKey::Setting(SettingKey::ClockOffset) => self.read_clock_offset().await?,
                RecordKey::Merchant(_) => {
                    if let Some(stored) = self.parts.store.get(key).await?
                        && let Record::Merchant(merchant) = stored.record
                    {
                        self.remember(*merchant)?;
                    }
                }
                _ => {}
            }
        }
        *epoch = changes.epoch;
        Ok(())
    }

    async fn read_clock_offset(&self) -> Result<(), EngineError> {
        let key = RecordKey::Setting(SettingKey::ClockOffset);
        if let Some(stored) = self.parts.store.get(key).await?
            && let Record::Setting(Setting::ClockOffset { seconds }) = stored.record
        {
            self.set_clock_offset(seconds);
        }
        Ok(())
    }
}
